"""Print the PDF article of the corpus from its HTML source.

Needs `pip install weasyprint` and the font Noto Serif CJK SC (Debian:
fonts-noto-cjk). Run it from any folder; it writes corpus/14-预训练模型简史.pdf.
The result is kept in the repository, so nobody has to run this to use the corpus.
"""

from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "14-预训练模型简史.html"
TARGET = HERE.parents[1] / "corpus" / "14-预训练模型简史.pdf"


def main() -> None:
    """Write the PDF and say where it is and how large (bytes)."""
    from weasyprint import HTML

    HTML(filename=str(SOURCE)).write_pdf(str(TARGET))
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
