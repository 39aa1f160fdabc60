"""A stand-in for pydantic where its wheels are not installed: models with typed fields, defaults, `Field`, nesting,
validation of the basic types, `model_validate`, `model_dump`, `model_dump_json`, `model_json_schema`, `field_validator`
and `model_validator`, also under their older names, unions told apart by a field, computed and private fields, aliases,
`TypeAdapter`, and the constrained types. Not here: generics, serializers, strict mode."""

import copy
import datetime
import enum
import importlib.util
import inspect
import json
import re
import sys
import types
import typing
import uuid

_MISSING = object()


class ValidationError(ValueError):
    def __init__(self, title, problems):
        self.title = title
        self._problems = problems
        count = len(problems)
        lines = [f"{count} validation error{'' if count == 1 else 's'} for {title}"]
        for place, message in problems:
            lines += [".".join(str(part) for part in place), f"  {message}"]
        super().__init__("\n".join(lines))

    def errors(self):
        return [{"loc": place, "msg": message, "type": "value_error"} for place, message in self._problems]


class FieldInfo:
    def __init__(self, default, default_factory, options):
        self.default = default
        self.default_factory = default_factory
        self.description = options.get("description")
        self.options = options

    def is_required(self):
        return self.default is _MISSING and self.default_factory is None

    def make(self):
        return self.default_factory() if self.default_factory else copy.deepcopy(self.default)


def Field(default=_MISSING, *, default_factory=None, **options):
    return FieldInfo(_MISSING if default is ... else default, default_factory, options)


def field_validator(*fields, mode="after", **_options):
    def mark(function):
        inner = function.__func__ if isinstance(function, classmethod) else function
        inner._memoir_fields = (fields, mode)
        return classmethod(inner)

    return mark


def model_validator(*, mode="after"):
    def mark(function):
        inner = function.__func__ if isinstance(function, classmethod) else function
        inner._memoir_model = mode
        return function

    return mark


def validator(*fields, pre=False, **_options):
    """The older name of `field_validator`."""
    return field_validator(*fields, mode="before" if pre else "after")


def root_validator(*given, pre=False, **_options):
    """The older name of `model_validator`; after, it takes and gives the values."""

    def mark(function):
        inner = function.__func__ if isinstance(function, classmethod) else function
        inner._memoir_model = "before" if pre else "values"
        return inner

    return mark(given[0]) if given else mark


def computed_field(function=None, **_options):
    """Marks a property that is written out with the fields."""

    def mark(target):
        getter = target if isinstance(target, property) else property(target)
        getter.fget._memoir_computed = True
        return getter

    return mark(function) if function is not None else mark


class _Private:
    def __init__(self, default, default_factory):
        self.make = default_factory or (lambda: copy.deepcopy(default))


def PrivateAttr(default=None, *, default_factory=None):
    return _Private(default, default_factory)


class ValidationInfo:
    """What a validator is told beside the value: the fields before it, and its own name."""

    def __init__(self, data, field_name):
        self.data, self.field_name, self.context, self.mode = data, field_name, None, "python"


class _Meta(type):
    def __new__(mcs, name, bases, namespace):
        cls = super().__new__(mcs, name, bases, namespace)
        cls._fields = None
        return cls

    @property
    def model_fields(cls):
        if cls._fields is None:
            cls._fields = _fields_of(cls)
        return cls._fields


def _fields_of(cls):
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {}
    for name, hint in hints.items():
        if name.startswith("_") or typing.get_origin(hint) is typing.ClassVar:
            continue
        # What a model has of its own stands for no default, whatever a field is called.
        owners = (one for one in cls.__mro__ if one not in (BaseModel, object) and name in vars(one))
        owner = next(owners, None)
        info = vars(owner)[name] if owner else _MISSING
        if not isinstance(info, FieldInfo):
            info = FieldInfo(info, None, {})
        if typing.get_origin(hint) is typing.Annotated:
            hint, *extras = typing.get_args(hint)
            for extra in extras:
                if isinstance(extra, FieldInfo):
                    default = info.default if info.default is not _MISSING else extra.default
                    info = FieldInfo(default, info.default_factory or extra.default_factory, extra.options)
        info.annotation = hint
        fields[name] = info
    return fields


class BaseModel(metaclass=_Meta):
    model_config = {}

    def __init__(self, **given):
        cls = type(self)
        problems = []
        given = _before(cls, given)
        config = cls.model_config or {}
        known = set()
        for name in dir(cls):
            if isinstance(getattr(cls, name, None) if name.startswith("_") else None, _Private):
                self.__dict__[name] = getattr(cls, name).make()
        for name, info in cls.model_fields.items():
            names = [name, info.options.get("alias"), info.options.get("validation_alias")]
            key = next((one for one in names if isinstance(one, str) and one in given), name)
            known.update(one for one in names if isinstance(one, str))
            if key not in given:
                if info.is_required():
                    problems.append(((name,), "Field required"))
                else:
                    self.__dict__[name] = info.make()
                continue
            try:
                value = given[key]
                if config.get("str_strip_whitespace") and isinstance(value, str):
                    value = value.strip()
                self.__dict__[name] = _field(cls, name, info, value, self.__dict__)
            except _Problems as found:
                problems += [((name, *place), message) for place, message in found.problems]
            except (ValueError, AssertionError) as error:
                problems.append(((name,), str(error)))
        more = [key for key in given if key not in known]
        if config.get("extra") == "forbid":
            problems += [((key,), "Extra inputs are not permitted") for key in more]
        if config.get("extra") == "allow":
            self.__dict__.update({key: given[key] for key in more})
        if problems:
            raise ValidationError(cls.__name__, problems)
        for function in _marked(cls, "_memoir_model"):
            if function._memoir_model == "after":
                try:
                    function(self)
                except (ValueError, AssertionError) as error:
                    raise error if isinstance(error, ValidationError) else ValidationError(cls.__name__, [((), str(error))]) from None
            if function._memoir_model == "values":
                self.__dict__.update(function(cls, dict(self.__dict__)) or {})

    @classmethod
    def model_validate(cls, value, **_options):
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise ValidationError(cls.__name__, [((), f"Input should be a valid dictionary or instance of {cls.__name__}")])
        return cls(**value)

    @classmethod
    def model_validate_json(cls, text, **_options):
        return cls.model_validate(json.loads(text))

    @classmethod
    def model_json_schema(cls, **_options):
        definitions = {}
        schema = _object_schema(cls, definitions)
        return {**({"$defs": definitions} if definitions else {}), **schema}

    def model_dump(self, *, mode="python", exclude_none=False, exclude=None, include=None, by_alias=False, **_options):
        fields = type(self).model_fields
        shown = {**{name: value for name, value in self.__dict__.items() if not name.startswith("_")}, **_computed(self)}
        kept = {
            (fields[name].options.get("alias") or name if by_alias and name in fields else name): _dump(value, mode, exclude_none)
            for name, value in shown.items()
            if name not in (exclude or ()) and (include is None or name in include)
        }
        return {name: value for name, value in kept.items() if not (exclude_none and value is None)}

    def model_dump_json(self, *, indent=None, **options):
        separators = None if indent else (",", ":")
        return json.dumps(self.model_dump(mode="json", **options), indent=indent, separators=separators, ensure_ascii=False)

    def model_copy(self, *, update=None, deep=False):
        made = copy.deepcopy(self) if deep else copy.copy(self)
        made.__dict__.update(update or {})
        return made

    @classmethod
    def model_construct(cls, **given):
        made = cls.__new__(cls)
        made.__dict__.update({**{name: info.make() for name, info in cls.model_fields.items() if not info.is_required()}, **given})
        return made

    parse_obj = model_validate
    parse_raw = model_validate_json
    schema = model_json_schema
    copy = model_copy
    dict = model_dump
    json = model_dump_json

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"

    def __str__(self):
        return " ".join(f"{name}={value!r}" for name, value in self.__dict__.items())

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __iter__(self):
        return iter(self.__dict__.items())


def _marked(cls, mark):
    for name in dir(cls):
        found = getattr(cls, name, None) if name != "model_fields" else None
        inner = getattr(found, "__func__", found)
        if hasattr(inner, mark):
            yield inner


def _before(cls, given):
    for function in _marked(cls, "_memoir_model"):
        if function._memoir_model == "before":
            given = function(cls, given)
    return given


def _computed(self):
    found = {}
    for name in dir(type(self)):
        one = inspect.getattr_static(type(self), name, None)
        if isinstance(one, property) and getattr(one.fget, "_memoir_computed", False):
            found[name] = getattr(self, name)
    return found


def _checked(check, cls, value, name, before):
    """Validators take the value, and where they ask for it what was validated before: as it is, or as `values`."""
    count = len(inspect.signature(check).parameters)
    if count < 3:
        return check(cls, value)
    data = {key: item for key, item in before.items() if not key.startswith("_")}
    wants = list(inspect.signature(check).parameters)[2]
    return check(cls, value, data if wants == "values" else ValidationInfo(data, name))


def _field(cls, name, info, value, before=None):
    checks = [one for one in _marked(cls, "_memoir_fields") if name in one._memoir_fields[0] or "*" in one._memoir_fields[0]]
    for check in checks:
        if check._memoir_fields[1] == "before":
            value = _checked(check, cls, value, name, before or {})
    value = _tagged(info, value) if info.options.get("discriminator") else validate(info.annotation, value)
    _bounds(info.options, value)
    for check in checks:
        if check._memoir_fields[1] == "after":
            value = _checked(check, cls, value, name, before or {})
    return value


def _tagged(info, value):
    """One of several models, told by a field of it."""
    tag = info.options["discriminator"]
    given = value.get(tag) if isinstance(value, dict) else getattr(value, tag, None)
    for choice in typing.get_args(info.annotation):
        field = choice.model_fields.get(tag) if isinstance(choice, _Meta) else None
        if field is not None and given in typing.get_args(field.annotation):
            return validate(choice, value)
    raise _wrong(f"Input tag {given!r} found using {tag!r} does not match any of the expected tags")


class _Problems(Exception):
    def __init__(self, problems):
        self.problems = problems


def _wrong(message):
    return _Problems([((), message)])


_BOUNDS = (
    ("gt", lambda value, bound: value > bound, "Input should be greater than {}"),
    ("ge", lambda value, bound: value >= bound, "Input should be greater than or equal to {}"),
    ("lt", lambda value, bound: value < bound, "Input should be less than {}"),
    ("le", lambda value, bound: value <= bound, "Input should be less than or equal to {}"),
    ("min_length", lambda value, bound: len(value) >= bound, "Input should have at least {} items or characters"),
    ("max_length", lambda value, bound: len(value) <= bound, "Input should have at most {} items or characters"),
)


def _bounds(options, value):
    for name, holds, message in _BOUNDS:
        bound = options.get(name)
        if bound is not None and value is not None and not holds(value, bound):
            raise _wrong(message.format(bound))
    if options.get("pattern") is not None and isinstance(value, str):
        if not re.search(options["pattern"], value):
            raise _wrong(f"String should match pattern '{options['pattern']}'")


def validate(hint, value):
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is typing.Any or hint is _MISSING:
        return value
    if origin is typing.Annotated:
        value = validate(inner[0], value)
        for extra in inner[1:]:
            if isinstance(extra, FieldInfo):
                _bounds(extra.options, value)
            elif isinstance(extra, (BeforeValidator, AfterValidator)):
                value = extra.function(value)
        return value
    if origin in (typing.Union, types.UnionType):
        return _union(inner, value)
    if origin is typing.Literal:
        if value not in inner:
            raise _wrong(f"Input should be {' or '.join(repr(one) for one in inner)}")
        return value
    if origin in (list, set, frozenset, tuple) or hint in (list, set, frozenset, tuple):
        return _sequence(origin or hint, inner, value)
    if origin is dict or hint is dict:
        if not isinstance(value, dict):
            raise _wrong("Input should be a valid dictionary")
        kinds = inner or (typing.Any, typing.Any)
        return {_at(key, kinds[0], key): _at(key, kinds[1], item) for key, item in value.items()}
    return _scalar(hint, value)


def _at(place, hint, value):
    try:
        return validate(hint, value)
    except _Problems as found:
        raise _Problems([((place, *rest), message) for rest, message in found.problems]) from None
    except ValidationError as found:
        raise _Problems([((place, *rest), message) for rest, message in found._problems]) from None


def _union(choices, value):
    if value is None and type(None) in choices:
        return None
    for choice in choices:
        if isinstance(choice, type) and type(value) is choice:
            return value
    problem = None
    for choice in choices:
        if choice is type(None):
            continue
        try:
            return validate(choice, value)
        except (_Problems, ValidationError) as error:
            problem = problem or error
    raise problem or _wrong("Input should be None")


def _sequence(kind, inner, value):
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise _wrong(f"Input should be a valid {kind.__name__}")
    if kind is tuple and inner and inner[-1] is not ...:
        if len(inner) != len(value):
            raise _wrong(f"Input should have {len(inner)} items")
        return tuple(_at(place, hint, item) for place, (hint, item) in enumerate(zip(inner, value)))
    hint = inner[0] if inner else typing.Any
    return kind(_at(place, hint, item) for place, item in enumerate(value))


def _scalar(hint, value):
    if not isinstance(hint, type):
        return value
    if isinstance(hint, _Meta):
        try:
            return hint.model_validate(value)
        except ValidationError as found:
            raise _Problems(found._problems) from None
    if issubclass(hint, enum.Enum):
        try:
            return value if isinstance(value, hint) else hint(value)
        except ValueError:
            raise _wrong(f"Input should be {' or '.join(repr(one.value) for one in hint)}") from None
    if hint is bool:
        return _boolean(value)
    if hint in (int, float):
        return _number(hint, value)
    if hint is str:
        if not isinstance(value, str):
            raise _wrong("Input should be a valid string")
        return value
    parse = {
        datetime.datetime: datetime.datetime.fromisoformat,
        datetime.date: datetime.date.fromisoformat,
        datetime.time: datetime.time.fromisoformat,
        uuid.UUID: uuid.UUID,
    }.get(hint)
    if parse and isinstance(value, str):
        try:
            return parse(value)
        except ValueError as error:
            raise _wrong(str(error)) from None
    if hint is type(None) and value is not None:
        raise _wrong("Input should be None")
    if hint.__module__ != "builtins" and not isinstance(value, hint):
        raise _wrong(f"Input should be an instance of {hint.__name__}")
    return value


def _boolean(value):
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    word = str(value).lower()
    if isinstance(value, (str, int)) and word in words:
        return words[word]
    raise _wrong("Input should be a valid boolean")


def _number(kind, value):
    whole = "integer" if kind is int else "number"
    if isinstance(value, (int, float, str)):
        try:
            number = kind(value)
        except (ValueError, OverflowError):
            raise _wrong(f"Input should be a valid {whole}, unable to parse {value!r}") from None
        if kind is float or isinstance(value, str) or number == value:
            return number
    raise _wrong(f"Input should be a valid {whole}")


def _dump(value, mode, exclude_none):
    if isinstance(value, BaseModel):
        return value.model_dump(mode=mode, exclude_none=exclude_none)
    if isinstance(value, dict):
        return {key: _dump(item, mode, exclude_none) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [_dump(item, mode, exclude_none) for item in value]
        return items if mode == "json" or isinstance(value, list) else type(value)(items)
    if mode == "json":
        if isinstance(value, enum.Enum):
            return value.value
        if isinstance(value, (datetime.date, datetime.time)):
            return value.isoformat()
        if isinstance(value, uuid.UUID):
            return str(value)
    return value


_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def _schema(hint, definitions):
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint in _TYPES:
        return {"type": _TYPES[hint]}
    if origin is typing.Annotated:
        return _schema(inner[0], definitions)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(one, definitions) for one in inner]}
    if origin is typing.Literal:
        return {"enum": list(inner), **({"type": "string"} if all(isinstance(one, str) for one in inner) else {})}
    if origin in (list, set, frozenset, tuple) or hint in (list, set, frozenset, tuple):
        return {"type": "array", "items": _schema(inner[0], definitions) if inner else {}}
    if origin is dict or hint is dict:
        return {"type": "object", **({"additionalProperties": _schema(inner[1], definitions)} if inner else {})}
    if isinstance(hint, _Meta):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _object_schema(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [one.value for one in hint]}
    formats = {datetime.datetime: "date-time", datetime.date: "date", datetime.time: "time", uuid.UUID: "uuid"}
    return {"type": "string", "format": formats[hint]} if hint in formats else {}


def _object_schema(cls, definitions):
    properties, required = {}, []
    for name, info in cls.model_fields.items():
        one = _schema(info.annotation, definitions)
        one["title"] = info.options.get("title") or name.replace("_", " ").title()
        if info.description:
            one["description"] = info.description
        if info.is_required():
            required.append(name)
        elif info.default is not _MISSING:
            one["default"] = _dump(info.default, "json", False)
        properties[name] = one
    schema = {"properties": properties, "title": cls.__name__, "type": "object"}
    if cls.__doc__:
        schema["description"] = cls.__doc__.strip()
    return {**schema, **({"required": required} if required else {})}


def ConfigDict(**options):
    return options


class AfterValidator:
    def __init__(self, function):
        self.function = function


class BeforeValidator(AfterValidator):
    pass


class TypeAdapter:
    """Validates a value of any type, as a model validates its fields."""

    def __init__(self, hint):
        self.hint = hint

    def validate_python(self, value, **_options):
        try:
            return validate(self.hint, value)
        except _Problems as found:
            raise ValidationError(str(getattr(self.hint, "__name__", self.hint)), found.problems) from None

    def validate_json(self, text, **options):
        return self.validate_python(json.loads(text), **options)

    def dump_python(self, value, *, mode="python", **_options):
        return _dump(value, mode, False)

    def json_schema(self, **_options):
        definitions = {}
        schema = _schema(self.hint, definitions)
        return {**({"$defs": definitions} if definitions else {}), **schema}


def _constrained(kind):
    return lambda **options: typing.Annotated[kind, Field(**options)]


conint, confloat, constr, conlist = _constrained(int), _constrained(float), _constrained(str), lambda item, **options: typing.Annotated[list[item], Field(**options)]
PositiveInt, NonNegativeInt, NegativeInt = conint(gt=0), conint(ge=0), conint(lt=0)
PositiveFloat, NonNegativeFloat = confloat(gt=0), confloat(ge=0)
StrictStr, StrictInt, StrictFloat, StrictBool = str, int, float, bool
EmailStr = constr(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
AnyUrl = HttpUrl = AnyHttpUrl = constr(pattern=r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/]+")


def install(may_be_real):
    """Takes pydantic's place, unless the real one can be imported."""
    if may_be_real and importlib.util.find_spec("pydantic") is not None:
        return
    sys.modules["pydantic"] = sys.modules[__name__]
