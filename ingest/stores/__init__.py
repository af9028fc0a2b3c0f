"""Places an index can live in, behind one small interface: the local folder, and Milvus.

    base.py     the interface and the values that cross it        (no heavy imports)
    local.py    the index folder of this machine
    layout.py   how an article becomes rows of Milvus' collections, and back
    schemas.py  the fields of those collections
    expressions.py  conditions on them
    milvus.py   the connection; the only importer of pymilvus
    trouble.py  what can go wrong there
    state.py    which generation is published there
    claim.py    one writer at a time
    writer.py   add, delete, publish on Milvus
    tables.py   one generation's rows, articles and terms
    reader.py   nearest, matching, fetch, stats on Milvus
    remote.py   the two together: the Milvus store
    publish.py  what changed in a local index -> Milvus
"""
