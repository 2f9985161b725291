"""Symbols of the elements, and how far atoms of each reach in a bond."""

from __future__ import annotations

SYMBOLS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr "
    "Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu "
    "Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr "
    "Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
).split()
NUMBERS = {symbol: number for number, symbol in enumerate(SYMBOLS, start=1)}

# Covalent radii in Angstrom, of atomic numbers 1 to 54: Cordero et al., Dalton Transactions 2008, 2832, table 2
# (carbon sp3; manganese, iron and cobalt of low spin).
_RADII = (
    0.31, 0.28, 1.28, 0.96, 0.84, 0.76, 0.71, 0.66, 0.57, 0.58, 1.66, 1.41, 1.21, 1.11, 1.07, 1.05, 1.02, 1.06,
    2.03, 1.76, 1.70, 1.60, 1.53, 1.39, 1.39, 1.32, 1.26, 1.24, 1.32, 1.22, 1.22, 1.20, 1.19, 1.20, 1.20, 1.16,
    2.20, 1.95, 1.90, 1.75, 1.64, 1.54, 1.47, 1.46, 1.42, 1.39, 1.45, 1.44, 1.42, 1.39, 1.39, 1.38, 1.39, 1.40,
)  # fmt: skip
_BEYOND = 1.6  # of heavier elements, whose radii lie about it


def symbol(number: int) -> str:
    """The symbol of an atomic number, such as C for 6."""
    return SYMBOLS[number - 1]


def covalent_radius(number: int) -> float:
    """The covalent radius in Angstrom; 1.6 for elements heavier than xenon."""
    return _RADII[number - 1] if number <= len(_RADII) else _BEYOND
