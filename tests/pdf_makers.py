"""PDFs from our own Chinese text, by whichever producers this machine has."""

from __future__ import annotations

import importlib
import shutil
import subprocess
from pathlib import Path

TITLE = "城市雨水花园笔记"
HEADER = "雨水花园通讯 2023 年合订本"
SENTENCES = [
    "编号为{c}的雨水花园是一种浅浅的洼地，里面种着耐湿也耐旱的植物，下雨时先把屋顶和路面流来的水留住，再让它慢慢渗进土里。",
    "第{c}块试验地在 2021 年 5 月动工，面积约 {n}8 平方米，旁边的停车场过去每逢大雨都会积水，深的地方没过脚踝。",
    "设计时我们用 SWMM 模型估算了径流，参数取自 Open Data 平台的雨量记录，误差大约是 {n}.5%，比手算的结果可靠得多。",
    "有人问，为什么不直接加粗排水管？答案并不复杂：管子只能把水送走，而花园还能补充地下水、降低气温，并给蜜蜂和蝴蝶留一处歇脚的地方。",
    "土壤分成三层，最上面是 10 厘米的树皮，中间是掺了粗砂的种植土，最下面是碎石；三层之间铺一张透水的土工布，以免细泥把缝隙堵死。",
    "住在附近的老人说：“以前雨停了半天还要穿胶鞋，现在半个钟头就能下楼散步。”这样的反馈（我们一共收到 {n}6 份）比任何仪表都更让人高兴。",
    "养护并不费事，春天剪一次枯枝，夏天每两周拔一次草，秋天清理入水口的落叶，冬天则什么都不用做，等着雪水自己融化就好。",
]
NUMERALS = "一二三四五六七八九"
TABLE = [("植物", "株数", "成活率"), ("鸢尾", "120", "96%"), ("千屈菜", "85", "91%"), ("狼尾草", "60", "88%")]
ITEMS = ["先测量入水口与溢流口的高差，确保多余的雨水能够自己流向市政管网，而不是漫过人行道流进居民的院子里去。", "再挖土。", "最后种植物，并且浇透第一次水。"]


def sections(count: int) -> list[tuple[str, list[str]]]:
    """(heading, paragraphs) pairs: no two paragraphs begin alike."""
    made = []
    for n in range(1, count + 1):
        lines = [sentence.format(n=n, c=NUMERALS[n - 1]) for sentence in SENTENCES]
        turn = n % len(lines)
        lines = lines[turn:] + lines[:turn]
        made.append((f"{NUMERALS[n - 1]}、试验地之{n}", ["".join(lines[:3]), "".join(lines[3:5]), "".join(lines[5:])]))
    return made


def words(count: int, table: bool) -> list[str]:
    """The lines that a reader should see: title, headings, paragraphs, list items, rows (cells joined)."""
    lines = [TITLE]
    for heading, paragraphs in sections(count):
        lines += [heading, *paragraphs]
    return lines + ITEMS + (["".join(row) for row in TABLE] if table else [])


def html(count: int, columns: int, table: bool, font: str = "Noto Serif CJK SC") -> str:
    body = "".join(
        f"<h2>{heading}</h2>" + "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        for heading, paragraphs in sections(count)
    )
    body += "<ul>" + "".join(f"<li>{item}</li>" for item in ITEMS) + "</ul>"
    if table:
        body += "<table>" + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in TABLE) + "</table>"
    return (
        f"<!DOCTYPE html><html lang=zh><meta charset=utf-8><title>{TITLE}</title><style>"
        f"@page{{size:A5;margin:18mm;@top-center{{content:'{HEADER}'}}@bottom-center{{content:counter(page)}}}}"
        f"body{{font:10.5pt/1.6 '{font}'}}p{{text-align:justify}}td{{padding:2pt 20pt 2pt 0;white-space:nowrap}}"
        f".c{{columns:{columns};column-gap:8mm;column-fill:auto}}</style><h1>{TITLE}</h1><div class=c>{body}</div></html>"
    )


def chromium(folder: Path, columns: int, table: bool) -> Path:
    source, target = folder / "c.html", folder / "c.pdf"
    source.write_text(html(4, columns, table), "utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += [f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={target}", source.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return target


def libreoffice(folder: Path, columns: int, table: bool) -> Path:
    (folder / "l.html").write_text(html(4, columns, table), "utf-8")
    command = ["soffice", f"-env:UserInstallation={(folder / 'office').as_uri()}", "--headless"]
    command += ["--infilter=HTML (StarWriter)", "--convert-to", "pdf", "--outdir", str(folder), str(folder / "l.html")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / "l.pdf"


def weasyprint(folder: Path, columns: int, table: bool) -> Path:
    import weasyprint as producer

    producer.HTML(string=html(4, columns, table)).write_pdf(folder / "w.pdf")
    return folder / "w.pdf"


def typst(folder: Path, columns: int, table: bool) -> Path:
    import typst as producer

    lines = [
        f'#set page(paper: "a5", margin: 18mm, header: align(center)[{HEADER}], numbering: "1")',
        '#set text(font: "Noto Serif CJK SC", size: 10.5pt, lang: "zh")\n#set par(justify: true)',
        f"#text(size: 20pt)[{TITLE}]\n\n#columns({columns})[",
    ]
    for heading, paragraphs in sections(4):
        lines += [f"#text(size: 14pt)[{heading}]\n", *(paragraph + "\n" for paragraph in paragraphs)]
    lines += [f"- {item}" for item in ITEMS]
    if table:
        cells = ",".join(f"[{cell}]" for row in TABLE for cell in row)
        lines.append(f"\n#table(columns: 3, {cells})")
    (folder / "t.typ").write_text("\n".join([*lines, "]"]), "utf-8")
    producer.compile(str(folder / "t.typ"), output=str(folder / "t.pdf"))
    return folder / "t.pdf"


def xelatex(folder: Path, columns: int, table: bool) -> Path:
    body = ""
    for heading, paragraphs in sections(4):
        body += f"{{\\Large {heading}\\par}}\n" + "\n\n".join(paragraphs).replace("%", "\\%") + "\n\n"
    body += "\\begin{itemize}" + "".join(f"\\item {item}" for item in ITEMS) + "\\end{itemize}\n"
    if table:
        rows = "\\\\\n".join(" & ".join(row) for row in TABLE).replace("%", "\\%")
        body += f"\n\\begin{{tabular}}{{lll}}{rows}\\end{{tabular}}\n"
    if columns == 2:
        body = f"\\begin{{multicols}}{{2}}\n{body}\\end{{multicols}}\n"
    source = (
        "\\documentclass{article}\\usepackage{fontspec,multicol,fancyhdr}\\usepackage[a5paper,margin=18mm]{geometry}"
        "\\setmainfont{Noto Serif CJK SC}\\XeTeXlinebreaklocale \"zh\"\\XeTeXlinebreakskip=0pt plus 1pt"
        f"\\pagestyle{{fancy}}\\fancyhf{{}}\\chead{{{HEADER}}}\\cfoot{{\\thepage}}\\begin{{document}}"
        f"{{\\Huge {TITLE}\\par}}\n{body}\\end{{document}}"
    )
    (folder / "x.tex").write_text(source, "utf-8")
    subprocess.run(["xelatex", "-interaction=batchmode", "x.tex"], cwd=folder, check=True, capture_output=True, timeout=60)
    return folder / "x.pdf"


def reportlab(folder: Path, columns: int, table: bool) -> Path:
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    plain = ParagraphStyle("p", fontName="STSong-Light", fontSize=10, leading=16, wordWrap="CJK", spaceAfter=6)
    large = ParagraphStyle("h", plain, fontSize=14, leading=20)
    story = [Paragraph(TITLE, ParagraphStyle("t", plain, fontSize=20, leading=28))]
    for heading, paragraphs in sections(4):
        story += [Paragraph(heading, large), *(Paragraph(paragraph, plain) for paragraph in paragraphs)]
    story += [Paragraph("• " + item, plain) for item in ITEMS]
    if table:
        story.append(Table(TABLE, style=[("FONTNAME", (0, 0), (-1, -1), "STSong-Light")], colWidths=70 if columns == 1 else 45))

    def edges(canvas: object, document: object) -> None:
        canvas.setFont("STSong-Light", 9)
        canvas.drawCentredString(A5[0] / 2, A5[1] - 30, HEADER)
        canvas.drawCentredString(A5[0] / 2, 25, str(document.page))

    wide = (A5[0] - 100 - 20 * (columns - 1)) / columns
    frames = [Frame(50 + at * (wide + 20), 50, wide, A5[1] - 100, 0, 0, 0, 0) for at in range(columns)]
    document = BaseDocTemplate(str(folder / "r.pdf"), pagesize=A5, pageTemplates=[PageTemplate(frames=frames, onPage=edges)])
    document.build(story)
    return folder / "r.pdf"


def present(name: str) -> bool:
    """True when the producer is installed here."""
    program = {"chromium": "chromium", "libreoffice": "soffice", "xelatex": "xelatex"}.get(name)
    if program:
        return bool(shutil.which(program)) and _has_chinese_font()
    try:
        importlib.import_module(name)
    except (ImportError, OSError):  # OSError: the Python package is there, the system's library is not
        return False
    return name == "reportlab" or _has_chinese_font()


def _has_chinese_font() -> bool:
    """True unless fontconfig says that no font of this machine has Chinese characters."""
    if not shutil.which("fc-list"):
        return True
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout.strip())


MAKERS = {maker.__name__: maker for maker in (chromium, libreoffice, weasyprint, typst, xelatex, reportlab)}
