"""Every word the page says, in Chinese and in English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "name": ("问据", "wenju"),
    "claim": ("只用这些文章里的原话回答", "Answers in the words of these articles only"),
    "question": ("问题", "Question"),
    "placeholder": ("问一个问题，按回车提问", "Ask a question; Enter sends it"),
    "filter": ("只问一部分文章", "Ask some of the articles only"),
    "filter_since": ("不早于", "Not before"),
    "filter_since_like": ("如 2024-03-05、2024-03 或 2024", "such as 2024-03-05, 2024-03 or 2024"),
    "filter_until": ("不晚于", "Not after"),
    "filter_until_like": ("同上", "likewise"),
    "filter_source": ("路径或网址含有", "Path or address holds"),
    "filter_source_like": ("如 *.pdf 或 example.org", "such as *.pdf or example.org"),
    "go": ("提问", "Ask"),
    "tab_ask": ("提问", "Ask"),
    "tab_articles": ("文章", "Articles"),
    "tab_eval": ("评测", "Evaluation"),
    "examples": ("可以这样问", "For example"),
    "recent": ("最近问过", "Recent questions"),
    "forget": ("清除", "Clear"),
    "busy": ("正在查找…", "Searching…"),
    "answer": ("回答", "Answer"),
    "sources": ("出处", "Sources"),
    "not_found": ("这些文章没有回答这个问题。", "These articles do not answer this question."),
    "nearest": ("最接近的文章", "Nearest articles"),
    "anyway": ("仍然显示最接近的段落", "Show the nearest passages all the same"),
    "sure_high": ("把握较大", "confident"),
    "sure_mid": ("大致可信，请看原文", "plausible; see the source"),
    "sure_low": ("把握不大，请核对原文", "uncertain; check the source"),
    "seconds": ("{seconds} 秒", "{seconds} s"),
    "open": ("打开原文", "Open the article"),
    "copy": ("复制并注明出处", "Copy with its source"),
    "copy_md": ("复制为 Markdown", "Copy as Markdown"),
    "copied": ("已复制", "Copied"),
    "copy_failed": ("浏览器不允许复制", "The browser does not allow copying"),
    "web": ("网页原句", "The sentence on its web page"),
    "source_panel": ("原文", "Article"),
    "source_empty": ("点“打开原文”，在这里看引文在文章里的位置。", "“Open the article” shows a passage in its place here."),
    "close": ("关闭", "Close"),
    "outline": ("目录", "Outline"),
    "dropped_lines": ("去掉了 {count} 行：{reasons}", "{count} lines dropped: {reasons}"),
    "put_back": ("放回正文", "Put back"),
    "page": ("第 {page} 页", "page {page}"),
    "picture": ("第 {page} 页的样子", "How page {page} looks"),
    "no_picture": ("这一页画不出来。", "This page cannot be drawn."),
    "tab_manual": ("接口", "API"),
    "manual": (
        "程序也能提问：ask(question, k) 回答，show(article, first, last) 读原文，status() 看有哪些文章。结果与 qa ask --json 相同。",
        "Programs can ask too: ask(question, k) answers, show(article, first, last) reads an article, status() tells which there are. Results equal `qa ask --json`.",
    ),
    "manual_curl": ("命令行 curl", "curl"),
    "manual_python": ("Python", "Python"),
    "manual_mcp": ("MCP（给助手用）", "MCP, for assistants"),
    "manual_no_mcp": ("以 qa page --mcp 启动，还会提供 MCP。", "Started as `qa page --mcp`, it serves MCP as well."),
    "no_report": ("还没有评测报告（eval/report.json）。", "There is no evaluation report yet (eval/report.json)."),
    "bad_report": ("评测报告 {path} 无法读取：{error}", "The evaluation report {path} cannot be read: {error}"),
    "report_made": ("评测于 {made}", "Evaluated on {made}"),
    "also": ("同一段还在", "The same passage also stands in"),
    "chip": ("出处 {number}", "source {number}"),
    "failed": ("出错了：{message}", "Something went wrong: {message}"),
    "offline": ("连不上服务。请看运行 qa page 的窗口，再试一次。", "The server does not answer. Look at the window that runs `qa page`, then try again."),
    "stumbled": ("服务出错了（{status}）。运行 qa page 的窗口里有详情。", "The server stumbled ({status}). The window that runs `qa page` has the details."),
    "window": ("这里只显示第 {first}–{last} 行，全文共 {count} 行。", "Lines {first} to {last} of {count} are shown here."),
    "none_yet": ("还没有文章。请到“文章”页加一篇。", "There are no articles yet. Add one under “Articles”."),
    "confidence": ("把握", "confidence"),
    "ingested": ("已更新：{articles} 篇文章，{passages} 个段落。", "Up to date: {articles} articles, {passages} passages."),
    "articles_found": ("{count} 篇文章", "{count} articles"),
    "col_title": ("标题", "Title"),
    "col_date": ("日期", "Date"),
    "col_source": ("来源", "Source"),
    "col_passages": ("段落", "Passages"),
    "col_dropped": ("去掉", "Dropped"),
    "col_flags": ("留意", "Notes"),
    "col_actions": ("操作", "Actions"),
    "look": ("查看", "Look"),
    "remove": ("移除", "Remove"),
    "remove_sure": (
        "移除“{title}”？文件会移到文章文件夹里的 .removed，可以拿回来。",
        "Remove “{title}”? Its file moves to .removed in the corpus folder and can be taken back.",
    ),
    "earlier": ("上一页", "Previous"),
    "later": ("下一页", "Next"),
    "search_articles": ("按标题、文件名、来源或日期筛选", "Filter by title, file, source or date"),
    "no_editing": ("从这里不能增删文章。", "Articles cannot be changed from here."),
    "add": ("添加文章", "Add an article"),
    "add_note": (
        "文章会存进文件夹 {corpus}，然后更新索引；期间可以照常提问。每个文件最多 {most} MB。",
        "Articles are stored in the folder {corpus}, then the index is brought up to date; questions go on meanwhile. At most {most} MB a file.",
    ),
    "add_file": ("选择文件（txt、md、html、pdf）", "Choose files (txt, md, html, pdf)"),
    "add_title": ("或者粘贴文字：标题", "Or paste text: its title"),
    "add_words": ("正文", "Text"),
    "add_text": ("添加这段文字", "Add this text"),
    "add_need": ("请填写标题和正文。", "Give a title and a text."),
    "adding": ("正在添加 {name}…", "Adding {name}…"),
    "stage_": ("正在更新索引…", "Updating the index…"),
    "stage_read": ("读取 {done}/{total}", "Reading {done}/{total}"),
    "stage_split": ("清理与切分 {done}/{total}", "Cleaning and splitting {done}/{total}"),
    "stage_embed": ("计算向量 {done}/{total}", "Embedding {done}/{total}"),
    "kept_line": ("这一行会放回正文，正在更新索引…", "The line goes back into the text; updating the index…"),
    "too_large": ("文件超过 {most} MB。", "The file is over {most} MB."),
}  # fmt: skip


def word(name: str, lang: str, /, **values: object) -> str:
    """The wording `name` in `lang`, filled in."""
    return WORDS[name][1 if lang == "en" else 0].format(**values)


def words(lang: str) -> dict[str, str]:
    """All wordings in one language, for the script of the page."""
    return {name: pair[1 if lang == "en" else 0] for name, pair in WORDS.items()}


def named(what: str, name: str, lang: str) -> str:
    """`what: name`, for names that only a screen reader says."""
    return f"{what}: {name}" if lang == "en" else f"{what}：{name}"
