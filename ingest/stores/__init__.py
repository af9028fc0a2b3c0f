"""Places an index can live in, behind one small interface: the local folder, and Milvus.

    base.py     the interface and the values that cross it        (no heavy imports)
    local.py    the index folder of this machine
    layout.py   how an article becomes rows of Milvus' collections, and back
    milvus.py   the connection; the only importer of pymilvus
    writer.py   add, delete, publish on Milvus
    reader.py   nearest, matching, fetch, stats on Milvus
    publish.py  what changed in a local index -> Milvus
"""
