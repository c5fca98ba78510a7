"""A small HTTP client for tests: plain requests, and Town OS's own API."""

import json
import urllib.error
import urllib.parse
import urllib.request


class Response:
    """status, headers and body (bytes) of an answer, whatever its status."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def type(self):
        return self.headers.get("Content-Type", "").split(";")[0].strip()

    def json(self):
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None  # a redirect is an answer to look at


# no proxy of the environment stands between a test and its host
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _open(method, url, body, headers, timeout):
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        return _opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        return error


def fetch(method, url, body=None, headers=None, timeout=30):
    """One request; body is bytes. Raises only when there is no answer (OSError)."""
    with _open(method, url, body, headers, timeout) as answer:
        return Response(answer.status, answer.headers, answer.read())


class ApiError(Exception):
    """An answer other than 200: status, and problem, the decoded error body."""

    def __init__(self, method, path, status, problem):
        detail = problem.get("detail", problem) if isinstance(problem, dict) else problem
        super().__init__(f"{method} {path}: {status}: {detail}")
        self.status, self.problem = status, problem


def _events(stream):
    """The JSON of every `data: ` line of an event stream, as it arrives."""
    for line in stream:
        if line.startswith(b"data: "):
            yield json.loads(line[len(b"data: "):])


class Town:
    """Town OS's HTTP API, as one account or as nobody."""

    def __init__(self, url, token=None):
        self.url, self.token = url.rstrip("/"), token

    def _headers(self):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    @staticmethod
    def _body(value):
        return None if value is None else json.dumps(value).encode()

    def request(self, method, path, body=None, timeout=60):
        """The answer as it is; body is any JSON value, or None for no body."""
        data = self._body(body)
        if method == "POST" and data is None:
            data = b""
        return fetch(method, self.url + path, data, self._headers(), timeout)

    def _call(self, method, path, body=None, timeout=60):
        answer = self.request(method, path, body, timeout)
        if answer.status != 200:
            try:
                problem = answer.json()
            except ValueError:
                problem = answer.text
            raise ApiError(method, path, answer.status, problem)
        if answer.type == "text/event-stream":
            events = list(_events(answer.body.splitlines()))
            failed = [event["error"] for event in events if event.get("error")]
            if failed:
                raise ApiError(method, path, 200, failed[0])
            return events
        return answer.json() if answer.body else None

    def get(self, path, timeout=60, **query):
        """The decoded answer; ApiError unless it is a 200."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self._call("GET", path, timeout=timeout)

    def post(self, path, body=None, timeout=60):
        """The same for POST. A progress stream gives the list of its events, and an
        ApiError when one of them reports an error."""
        return self._call("POST", path, body, timeout)

    def events(self, path, method="GET", body=None, timeout=30, **query):
        """Yields the events of a stream as they come; closing the generator hangs up.
        timeout is the longest silence, heartbeats included."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        stream = _open(method, self.url + path, self._body(body), self._headers(), timeout)
        with stream:
            if stream.status != 200:
                raise ApiError(method, path, stream.status, stream.read().decode("utf-8", "replace"))
            yield from _events(stream)

    def entries(self, path, **query):
        """All entries of a paginated list, over its pages."""
        found, more = [], True
        while more:
            page = self.get(path, **{"limit": 100, "offset": len(found), **query})
            found += page["entries"]
            more = page["has_more"] and page["entries"]
        return found

    def login(self, username, password):
        """Signs in; returns self."""
        answer = self.post("/account/authenticate", {"username": username, "password": password})
        self.token = answer["token"]
        return self

    def create_account(self, username, password, admin=False):
        return self.post("/account/create", {
            "username": username, "password": password, "email": f"{username}@example.org",
            "phone": "+1 555 0100", "real_name": username.title(), "admin": admin,
        })

    def bootstrap(self, username, password):
        """Creates the first admin if the box has nobody yet, and signs in."""
        if self.request("POST", "/account/authenticate",
                        {"username": username, "password": password}).status != 200:
            self.create_account(username, password, admin=True)
        return self.login(username, password)
