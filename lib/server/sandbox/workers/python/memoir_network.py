"""Fetching through the server, which asks whether the tool may reach the host: `urllib.request.urlopen`, and a small
`requests` in the place of the real one, which needs sockets. No streaming, no sessions' cookies, no certificates or proxies of one's own."""

import base64
import email.message
import io
import json
import sys
import types
import urllib.error
import urllib.parse
import urllib.request

_ask = None
_network = False


class NoNetwork(OSError):
    pass


def _fetch(method, url, headers, body):
    if not _network:
        raise NoNetwork("this tool has no network: no host is allowed to it")
    encoded = None if body is None else base64.b64encode(body).decode()
    try:
        answer = _ask("fetch", method=method, url=url, headers=headers, body=encoded)
    except Exception as error:  # noqa: BLE001
        raise NoNetwork(str(error)) from None
    answer["body"] = base64.b64decode(answer["body"])
    return answer


# --- urllib ----------------------------------------------------------------------------------------------------------


class _UrlResponse(io.BytesIO):
    def __init__(self, answer):
        super().__init__(answer["body"])
        self.status = self.code = answer["status"]
        self.reason = self.msg = answer["statusText"]
        self.url = answer["url"]
        self.headers = email.message.Message()
        for name, value in answer["headers"].items():
            self.headers[name] = value

    def info(self):
        return self.headers

    def geturl(self):
        return self.url

    def getcode(self):
        return self.status

    def getheader(self, name, default=None):
        return self.headers.get(name, default)


def urlopen(url, data=None, timeout=None, **_options):
    request = url if isinstance(url, urllib.request.Request) else urllib.request.Request(url, data=data)
    body = request.data if data is None else data
    try:
        answer = _fetch(request.get_method(), request.full_url, dict(request.header_items()), body)
    except NoNetwork as error:
        raise urllib.error.URLError(str(error)) from None
    response = _UrlResponse(answer)
    if response.status >= 400:
        raise urllib.error.HTTPError(response.url, response.status, response.reason, response.headers, response)
    return response


# --- requests --------------------------------------------------------------------------------------------------------


class RequestException(IOError):
    def __init__(self, *args, response=None):
        super().__init__(*args)
        self.response = response


class ConnectionError(RequestException):  # noqa: A001
    pass


class HTTPError(RequestException):
    pass


class Timeout(RequestException):
    pass


class _Headers(dict):
    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def __contains__(self, name):
        return super().__contains__(name.lower())

    def get(self, name, default=None):
        return super().get(name.lower(), default)


class Response:
    def __init__(self, answer):
        self.status_code = answer["status"]
        self.reason = answer["statusText"]
        self.url = answer["url"]
        self.headers = _Headers(answer["headers"])
        self.content = answer["body"]
        self.encoding = "utf-8"

    @property
    def ok(self):
        return self.status_code < 400

    @property
    def text(self):
        return self.content.decode(self.encoding, "replace")

    def json(self, **options):
        return json.loads(self.content, **options)

    def raise_for_status(self):
        if not self.ok:
            raise HTTPError(f"{self.status_code} Error: {self.reason} for url: {self.url}", response=self)

    def iter_lines(self):
        return iter(self.content.splitlines())

    def __bool__(self):
        return self.ok


def request(method, url, params=None, data=None, json=None, headers=None, auth=None, timeout=None, **_options):  # noqa: A002
    sent = dict(headers or {})
    if params:
        url += ("&" if "?" in url else "?") + urllib.parse.urlencode(params, doseq=True)
    if auth is not None:
        sent["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
    body = data
    if json is not None:
        body = sys.modules["json"].dumps(json).encode()
        sent.setdefault("Content-Type", "application/json")
    elif isinstance(data, dict):
        body = urllib.parse.urlencode(data, doseq=True).encode()
        sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
    elif isinstance(data, str):
        body = data.encode()
    try:
        return Response(_fetch(method.upper(), url, sent, body))
    except NoNetwork as error:
        raise ConnectionError(str(error)) from None


class Session:
    def __init__(self):
        self.headers = {}

    def request(self, method, url, headers=None, **options):
        return request(method, url, headers={**self.headers, **(headers or {})}, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass


def _verb(method):
    def send(url, *args, **options):
        if args:
            options["data" if method in ("post", "put", "patch") else "params"] = args[0]
        return request(method, url, **options)

    def send_in_session(self, url, **options):
        return self.request(method, url, **options)

    setattr(Session, method, send_in_session)
    return send


def _requests():
    module = types.ModuleType("requests")
    exceptions = types.ModuleType("requests.exceptions")
    for kind in (RequestException, ConnectionError, HTTPError, Timeout):
        setattr(exceptions, kind.__name__, kind)
        setattr(module, kind.__name__, kind)
    module.exceptions = exceptions
    module.request, module.Session, module.Response = request, Session, Response
    for method in ("get", "post", "put", "patch", "delete", "head", "options"):
        setattr(module, method, _verb(method))
    return module


_stand_in = _requests()


def install(ask, network):
    global _ask, _network
    _ask, _network = ask, network
    urllib.request.urlopen = urlopen
    sys.modules["requests"] = _stand_in
    sys.modules["requests.exceptions"] = _stand_in.exceptions
