"""Every line the command line says, in Chinese and in English."""

from __future__ import annotations

import os

LANGUAGES = ("zh", "en")

MESSAGES: dict[str, tuple[str, str]] = {
    "not_found": ("这些文章没有回答这个问题。", "These articles do not answer this question."),
    "unnamed": ("引文没有提到：{names}", "The passages do not mention: {names}"),
    "read_as": ("按此理解：{names}", "Read as: {names}"),
    "nearest": ("最接近的文章：{titles}", "Nearest articles: {titles}"),
    "show_anyway": (
        "仍想看最接近的段落，可加 --anyway。",
        "To see the nearest passages all the same, add --anyway.",
    ),
    "answer": ("回答", "Answer"),
    "passages": ("出处", "Sources"),
    "confidence": ("把握 {percent}%", "confidence {percent}%"),
    "lines": ("第 {first} 行", "line {first}"),
    "line_range": ("第 {first}–{last} 行", "lines {first}–{last}"),
    "page": ("第 {page} 页", "page {page}"),
    "also": ("同文另见：{titles}", "Also in: {titles}"),
    "changed": ("注意：原文件在建立索引后改动过", "Note: the file has changed since it was indexed"),
    "vanished": ("注意：原文件已不在文件夹里", "Note: the file is no longer in the folder"),
    "read": ("读取", "Reading"),
    "split": ("清理与切分", "Cleaning and splitting"),
    "embed": ("计算向量", "Embedding"),
    "upload": ("写入 Milvus", "Writing to Milvus"),
    "in_milvus": (
        "Milvus（{uri}）：版本 {generation}，新增 {added}，更新 {changed}，移除 {removed}，未变 {unchanged}。",
        "Milvus ({uri}): generation {generation}, {added} new, {changed} changed, {removed} gone, {unchanged} unchanged.",
    ),
    "embed_line": ("计算向量：{done}/{total} 段", "Embedding: {done}/{total} passages"),
    "rate": ("{rate} 段/秒", "{rate} passages/s"),
    "nothing_new": (
        "没有新内容。{articles} 篇文章，{passages} 个段落，用时 {seconds} 秒。",
        "Nothing new. {articles} articles, {passages} passages, {seconds} s.",
    ),
    "ingested": (
        "完成：{articles} 篇文章，{passages} 个段落（新增 {added}，更新 {changed}，移除 {vanished}，未变 {unchanged}）；"
        "新算向量 {embedded} 个，用时 {seconds} 秒。",
        "Done: {articles} articles, {passages} passages ({added} new, {changed} changed, {vanished} gone, "
        "{unchanged} unchanged); {embedded} embedded, {seconds} s.",
    ),
    "dropped_by_reason": ("去掉的行：{total}（{reasons}）", "Lines dropped: {total} ({reasons})"),
    "skipped": ("跳过 {count} 个文件：", "{count} files skipped:"),
    "ignored": (
        "另有 {count} 个文件不是支持的格式，未读取（{kinds}）。",
        "{count} other files are of no known format and were not read ({kinds}).",
    ),
    "no_suffix": ("无后缀", "no suffix"),
    "flagged": ("请留意：", "Please note:"),
    "interrupted_ingest": (
        "已中断。原有索引未受影响；已经成批存下的向量会保留，下次 qa ingest 接着用。",
        "Interrupted. The index that was there is untouched; the batches of vectors already stored are kept for the next `qa ingest`.",
    ),
    "watching": ("正在监视 {folder}，按 Ctrl-C 结束。", "Watching {folder}; Ctrl-C ends it."),
    "watch_ended": ("已停止监视。索引停在最后一次更新。", "No longer watching. The index is as of the last update."),
    "watch_gone": ("文件夹 {folder} 不在了，等它回来；索引不变。", "The folder {folder} is gone; waiting for it. The index stays as it is."),
    "watch_ingested": (
        "{time}  新增 {added}，更新 {changed}，移除 {vanished}，跳过 {skipped}；共 {articles} 篇，用时 {seconds} 秒",
        "{time}  {added} new, {changed} changed, {vanished} gone, {skipped} skipped; {articles} articles, {seconds} s",
    ),
    "interrupted": ("已中断。", "Interrupted."),
    "unexpected": (
        "意外错误：{error}。加环境变量 WENJU_DEBUG=1 可看细节。",
        "Unexpected error: {error}. Set WENJU_DEBUG=1 to see the details.",
    ),
    "no_article": ("索引里没有文章 {name}。", "The index holds no article {name}."),
    "which_article": ("“{name}”对应多篇文章：{names}。请写全名。", "{name} fits several articles: {names}. Name it in full."),
    "no_line": ("文章 {name} 只有 {count} 行。", "The article {name} has {count} lines only."),
    "dropped_none": ("没有去掉任何行。", "No line was dropped."),
    "status_index": ("索引", "Index"),
    "status_corpus": ("文章文件夹", "Corpus folder"),
    "status_articles": ("文章", "Articles"),
    "status_passages": ("段落", "Passages"),
    "status_model": ("模型", "Model"),
    "status_outdated": ("（与现在的版本不同，不能提问；请运行 qa ingest --rebuild）", " (another version than today's: no question can be asked; run `qa ingest --rebuild`)"),
    "status_size": ("大小", "Size"),
    "status_generation": ("版本", "Generation"),
    "status_index_type": ("检索方式", "Search"),
    "search_flat": ("逐一比较（半精度），精确", "flat (half precision), exact"),
    "search_codes": (
        "{segments} 个段，大段先用短码（乘积量化）粗选，再逐一比较（半精度）；与精确检索相比，前 10 召回 {recall}",
        "{segments} segments, large ones by short codes (product quantisation) and then compared exactly (half precision); recall@10 {recall} of exact search",
    ),
    "search_milvus": ("Milvus FLAT，精确", "Milvus FLAT, exact"),
    "status_dropped": ("去掉的行", "Lines dropped"),
    "status_skipped": ("跳过的文件", "Files skipped"),
    "status_updated": ("更新时间", "Updated"),
    "status_repost": ("同一篇文章：{names}", "One text in several articles: {names}"),
    "file_path": ("文件", "File"),
    "file_title": ("标题", "Title"),
    "file_date": ("日期", "Date"),
    "file_url": ("网址", "Address"),
    "file_chars": ("字数", "Characters"),
    "file_kept_chars": ("其中正文", "Of these, text"),
    "file_pages": ("页数", "Pages"),
    "ok": ("正常", "ok"),
    "problem": ("有问题", "problem"),
    "why_nothing": ("没有找到任何段落", "nothing was found"),
    "why_focus": ("最好的段落里没有出现所问的“{focus}”", "the best passage does not name “{focus}”"),
    "why_names": ("段落里没有出现问题所说的 {names}", "the passages do not name {names}"),
    "why_number": ("段落里没有问题所要的数字或提出者", "the passages hold no number or maker of what is asked"),
    "why_furniture": ("问的是网页上的附带内容，不是文章", "it asks about the page around an article"),
    "why_coverage": ("问题里的关键词大半没有出现：{missing}", "most of the question's words are missing: {missing}"),
    "why_read": ("最好的段落谈到了这件事，但看来没有回答所问", "the best passage speaks of it but does not seem to answer"),
    "why_similarity": ("最好的段落与问题不够相近", "the best passage is not near enough to the question"),
    "why_refused": ("为什么没有回答：{reason}", "Why it is refused: {reason}"),
    "explain_terms": ("关键词（越少见权重越大）：{terms}", "Words (rarer ones weigh more): {terms}"),
    "explain_aliases": ("同义名称：{aliases}", "Also called: {aliases}"),
    "explain_passage": (
        "[{number}] 命中：{matched}；未出现：{missing}；来自：{legs}；特征：{features}",
        "[{number}] matched: {matched}; missing: {missing}; found by: {legs}; features: {features}",
    ),
    "explain_confidence": ("把握：{features}；界线 {line}", "Confidence: {features}; line {line}"),
    "page_opening": ("页面已打开：{url}（按 Ctrl-C 结束）", "The page is open: {url} (Ctrl-C ends it)"),
}  # fmt: skip

# What `--explain` counts, as it is called in Chinese; in English by its name in the code.
FEATURES = {
    "dense": "整段语义", "lexical": "词匹配", "pairs": "字对匹配", "coverage": "词覆盖", "names": "名称", "definition": "定义句",
    "sentences": "单句语义", "excess": "逐词语义", "neighbours": "前后文", "length": "篇幅", "cosine": "余弦", "similarity": "相似度", "weakest": "最弱处",
    "read": "读后判断", "told": "句子作答", "pointed": "句子突出", "focus": "所问之物", "number": "缺数字", "furniture": "页面内容",
}  # fmt: skip
LACKING = {"names": "缺名称"}  # of confidence


def say(name: str, lang: str, /, **values: object) -> str:
    """The message `name` in `lang`, filled in."""
    return MESSAGES[name][1 if lang == "en" else 0].format(**values)


def language(wanted: str | None) -> str:
    """`wanted`, else WENJU_LANG, else English where LC_ALL, LC_MESSAGES or LANG says so, else Chinese."""
    for value in (wanted, os.environ.get("WENJU_LANG")):
        if value:
            return "en" if value.lower().startswith("en") else "zh"
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "en" if locale.lower().startswith("en") else "zh"
