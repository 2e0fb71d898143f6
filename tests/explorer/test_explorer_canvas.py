"""What browsers may send ahead to the canvas."""

import pytest
from fastapi import HTTPException
from gradio.data_classes import DataWithFiles

from explorer.pictures.canvas import MAX_DRAWINGS, MAX_LAYERS, canvas, drawing_id


def send(editor, kind="composite", name="a", index="null", content=b"picture"):
    fields = {"type": kind, "id": name, "index": index}
    editor.accept_blobs(DataWithFiles(data=fields, files=[("blob", content)]))


def test_what_is_sent_ahead_is_remembered_but_for_layers():
    editor = canvas()
    send(editor, "layer", index="0")
    send(editor, "background", content=b"ground")
    send(editor)
    drawing = editor.blob_storage["a"]
    assert (drawing.composite, drawing.background, drawing.layers) == (b"picture", b"ground", [])


@pytest.mark.parametrize("index", [str(MAX_LAYERS), "1000000000", "-1", "x", 10**9, [], {}])
def test_layers_beyond_a_few_are_refused(index):
    editor = canvas()
    with pytest.raises(HTTPException, match="layers"):
        send(editor, "layer", index=index)
    assert not editor.blob_storage


@pytest.mark.parametrize("data", [None, [], {"id": "a"}, DataWithFiles(data=None, files=[])])
def test_what_is_no_drawing_is_refused(data):
    with pytest.raises(HTTPException):
        canvas().accept_blobs(data)


@pytest.mark.parametrize("name", [None, 1, [1], "", "x" * 1000])
def test_a_drawing_needs_a_short_name(name):
    with pytest.raises(HTTPException):
        send(canvas(), name=name)


def test_only_the_last_drawings_are_remembered():
    editor = canvas()
    for number in range(MAX_DRAWINGS + 5):
        send(editor, name=str(number))
    assert list(editor.blob_storage) == [str(number) for number in range(5, MAX_DRAWINGS + 5)]


@pytest.mark.parametrize("value", [None, "a", [], {}, {"id": None}, {"id": [1]}, {"id": {}}, {"id": 5}, {"id": ""}])
def test_only_texts_are_ids(value):
    assert drawing_id(value) is None
    assert drawing_id({"id": "a"}) == "a"
