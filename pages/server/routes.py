"""Our own routes beside Streamlit's: is the server well, and the downloads."""

from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from etl.errors import UserError
from etl.publishing.versions import current_version
from etl.settings import read_settings
from pages.server import errors, sessions, shelf

FIRST_PAGE = "overview"


async def health(_request: Request) -> Response:
    """Alive, and on which data; 503 where they cannot be shown."""
    try:
        version = await run_in_threadpool(lambda: current_version(read_settings().snapshots))
    except UserError as error:
        errors.LOG.error("%s", error)  # not said to whoever knocks: it names folders of this machine
        return JSONResponse({"status": "unavailable"}, status_code=503)
    return JSONResponse(
        {
            "status": "ok",
            "version": version.name if version else None,
            "as_of": version.as_of.isoformat().replace("+00:00", "Z") if version else None,
        }
    )


async def download(request: Request) -> Response:
    """A file that was laid out for this browser's session; 404 for anybody else."""
    parcel = shelf.fetch(request.path_params["token"], sessions.verified(request.cookies.get(sessions.COOKIE)))
    if parcel is None:
        return PlainTextResponse("not found", status_code=404)
    body = await run_in_threadpool(_made, parcel)
    if isinstance(body, str):
        return PlainTextResponse(body, status_code=500)
    plain = parcel.file_name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return Response(
        body,
        media_type=parcel.media_type,
        headers={
            "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(parcel.file_name)}",
            "cache-control": "no-store",
        },
    )


def _made(parcel: shelf.Parcel) -> bytes | str:
    """The file; where it cannot be made a sentence, in the language that it would have been in."""
    try:
        return parcel.build()
    except Exception as error:  # whatever went wrong: a version that is no longer kept, a bug
        return errors.sentence(error)


async def chrome(_request: Request) -> Response:
    """Streamlit's own words in the page's language."""
    return FileResponse(Path(__file__).parent / "chrome.js", media_type="text/javascript", headers={"cache-control": "no-cache"})


async def first_page(request: Request) -> Response:
    """The first page by its own name: Streamlit knows its default page at "/" alone and calls any other address of it unknown."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{query}", status_code=307)


ROUTES = [
    Route(f"/{FIRST_PAGE}", first_page, methods=["GET"]),
    Route("/healthz", health, methods=["GET"]),
    Route("/download/{token}", download, methods=["GET"]),
    Route("/chrome.js", chrome, methods=["GET"]),
]
