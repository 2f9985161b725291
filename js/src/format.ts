/** Numbers as a reader wants them: few digits, a sign where the sign is the message. */

export function plain(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-4) return value.toExponential(digits - 1);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(decimals);
}

export function signed(value: number, digits = 3): string {
  return value > 0 ? `+${plain(value, digits)}` : plain(value, digits);
}

/** A share as a percentage: three digits are as many as anybody compares. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return String(share);
  const value = 100 * share;
  const size = Math.abs(value);
  if (size > 0 && size < 0.01) return value > 0 ? "<0.01 %" : ">-0.01 %";
  return `${value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)} %`;
}
