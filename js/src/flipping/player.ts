/** The clock of the player: so many steps a second, never past what is known. */

export interface Played {
  /** The step that is shown, the last one that is known, and whether more will be. */
  readonly step: number;
  readonly known: number;
  readonly growing: boolean;
  readonly speed: number;
  show(step: number): void;
  /** Playing began or ended. */
  changed(): void;
}

export class Player {
  private frame = 0;
  private before = 0;
  /** Steps that are due but not whole yet. */
  private due = 0;

  constructor(private readonly played: Played) {}

  get playing(): boolean {
    return this.frame !== 0;
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  play(): void {
    const { played } = this;
    if (this.playing || (played.known < 1 && !played.growing)) return;
    if (played.step >= played.known && !played.growing) played.show(0);
    this.due = 0;
    this.before = performance.now();
    this.frame = requestAnimationFrame((now) => this.tick(now));
    played.changed();
  }

  pause(): void {
    if (!this.playing) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.played.changed();
  }

  private tick(now: number): void {
    const { played } = this;
    // A hidden page calls back late; what was missed is not made up for in one leap.
    this.due += (Math.max(0, Math.min(250, now - this.before)) / 1000) * played.speed;
    this.before = now;
    const whole = Math.floor(this.due);
    this.due -= whole;
    const next = Math.min(played.known, played.step + whole);
    if (next !== played.step) played.show(next);
    if (next >= played.known && !played.growing) return this.pause();
    this.frame = requestAnimationFrame((later) => this.tick(later));
  }
}
