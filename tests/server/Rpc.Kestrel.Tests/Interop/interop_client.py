"""Scenarios of a grpcio client against our server: reads a name a line, answers ok or what went wrong."""
import sys
import threading
import traceback
from concurrent import futures

from interop_messages import SERVICE, Any, Ask, HealthCheckRequest, HealthCheckResponse, Note, Status, payload, serialize
import grpc

MIB = 1 << 20
channel = grpc.insecure_channel(sys.argv[2], options=[
    ("grpc.max_receive_message_length", 32 * MIB),
    ("grpc.max_send_message_length", 32 * MIB),
])


def method(kind, name, request, response, service=SERVICE):
    return getattr(channel, kind)(f"/{service}/{name}", request_serializer=serialize, response_deserializer=response.FromString)


echo = method("unary_unary", "Echo", Ask, Note)
count = method("unary_stream", "Count", Ask, Note)
sum_ = method("stream_unary", "Sum", Note, Note)
chat = method("stream_stream", "Chat", Note, Note)
await_cancellations = method("unary_unary", "AwaitCancellations", Ask, Note)
PATIENCE = 30


def failure(call):
    try:
        result = call()
        list(result) if hasattr(result, "__iter__") else None
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call succeeded")


def expect_code(error, code):
    assert error.code() == code, f"{error.code()} {error.details()}"


def unary():
    note = Note(text="ß∂", number=-7, payload=b"p")
    assert echo(Ask(note=note), timeout=PATIENCE) == note


def large_messages():
    for size in (0, 1, 65531, 4000000):
        assert echo(Ask(note=Note(payload=payload(size))), timeout=PATIENCE).payload == payload(size)


def metadata():
    sent = (("x-echo", "one, two"), ("x-echo", "three"), ("x-echo-bin", bytes([0, 1, 2, 250, 255])), ("x-echo-bin", b""))
    _, call = echo.with_call(Ask(), metadata=sent, timeout=PATIENCE)
    for received in (call.initial_metadata(), call.trailing_metadata()):
        assert sorted(item for item in received if item[0].startswith("x-echo")) == sorted(sent), received


def status_details():
    error = failure(lambda: echo(Ask(fail_code=9, fail_detail="100% ünlucky\n"), metadata=(("x-echo", "kept"),), timeout=PATIENCE))
    expect_code(error, grpc.StatusCode.FAILED_PRECONDITION)
    assert error.details() == "100% ünlucky\n", error.details()
    trailers = dict(error.trailing_metadata())
    assert trailers["x-echo"] == "kept", trailers
    status = Status.FromString(trailers["grpc-status-details-bin"])
    assert (status.code, status.message) == (9, "100% ünlucky\n"), status
    detail = Note()
    assert status.details[0].Unpack(detail) and detail.number == 9, status


def server_streaming():
    notes = list(count(Ask(count=300, payload_bytes=10000), timeout=PATIENCE))
    assert [note.number for note in notes] == list(range(300))
    assert all(note.payload == payload(10000) for note in notes)
    assert list(count(Ask(count=0), timeout=PATIENCE)) == []


def server_streaming_then_status():
    received = []
    call = count(Ask(count=3, fail_code=10, fail_detail="end"), timeout=PATIENCE)
    try:
        for note in call:
            received.append(note.number)
    except grpc.RpcError as error:
        expect_code(error, grpc.StatusCode.ABORTED)
    assert received == [0, 1, 2] and call.details() == "end"


def client_streaming():
    result = sum_((Note(number=n, payload=payload(5000)) for n in range(1, 201)), timeout=PATIENCE)
    assert (result.number, result.text) == (20100, "200"), result


def client_streaming_ended_early():
    release = threading.Event()

    def notes():
        yield Note(number=-1)
        release.wait(PATIENCE)

    error = failure(lambda: sum_(notes(), timeout=PATIENCE))
    release.set()
    expect_code(error, grpc.StatusCode.INVALID_ARGUMENT)


def duplex():
    turns = threading.Semaphore(1)

    def notes():
        for number in range(50):
            turns.acquire()
            yield Note(number=number)

    received = []
    for note in chat(notes(), timeout=PATIENCE):
        received.append(note.number)
        turns.release()
    assert received == [2 * n for n in range(50)], received


def gzip():
    note = Note(payload=payload(300000))
    result = echo(Ask(note=note, compress=True), compression=grpc.Compression.Gzip, timeout=PATIENCE)
    assert result == note


def unknown_encoding():
    error = failure(lambda: echo(Ask(note=Note(payload=payload(100000))), compression=grpc.Compression.Deflate, timeout=PATIENCE))
    expect_code(error, grpc.StatusCode.UNIMPLEMENTED)


def request_too_large():
    expect_code(failure(lambda: echo(Ask(note=Note(payload=payload(4 * MIB))), timeout=PATIENCE)), grpc.StatusCode.RESOURCE_EXHAUSTED)


def response_too_large():
    expect_code(failure(lambda: echo(Ask(payload_bytes=4 * MIB), timeout=PATIENCE)), grpc.StatusCode.RESOURCE_EXHAUSTED)
    expect_code(failure(lambda: count(Ask(count=1, payload_bytes=4 * MIB), timeout=PATIENCE)), grpc.StatusCode.RESOURCE_EXHAUSTED)


def deadline():
    # A deadline that passes before the handler runs proves nothing; then it gets a longer one.
    for seconds in (0.5, 2, 8):
        call = count(Ask(count=1, wait_for_cancel=True), timeout=seconds)
        received = []
        try:
            for note in call:
                received.append(note.number)
        except grpc.RpcError as error:
            expect_code(error, grpc.StatusCode.DEADLINE_EXCEEDED)
        if received:
            await_cancellations(Ask(count=1), timeout=PATIENCE)
            return
    raise AssertionError("the handler never answered")


def cancellation():
    call = count(Ask(count=1, wait_for_cancel=True), timeout=PATIENCE)
    assert next(call).number == 0
    call.cancel()
    await_cancellations(Ask(count=1), timeout=PATIENCE)
    assert call.code() == grpc.StatusCode.CANCELLED


def unknown_method():
    for service, name in ((SERVICE, "Nothing"), ("no.such.Service", "Nothing")):
        call = method("unary_unary", name, Ask, Note, service)
        expect_code(failure(lambda: call(Ask(), timeout=PATIENCE)), grpc.StatusCode.UNIMPLEMENTED)


def handler_fails():
    error = failure(lambda: echo(Ask(fail_code=-1, fail_detail="secret"), timeout=PATIENCE))
    expect_code(error, grpc.StatusCode.UNKNOWN)
    assert "secret" not in error.details(), error.details()


def dies_mid_stream():
    received = []
    try:
        for note in count(Ask(count=2, die=True), timeout=PATIENCE):
            received.append(note.number)
        raise AssertionError("the call succeeded")
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED), error
    unary()


def many_calls():
    calls = [echo.future(Ask(note=Note(number=n, text="x" * n)), timeout=PATIENCE) for n in range(300)]
    for number, call in enumerate(calls):
        assert (call.result().number, len(call.result().text)) == (number, number)


def slow_reader():
    # More than every window and buffer between the two holds; the server has to wait for the reader.
    total = 0
    for note in count(Ask(count=64, payload_bytes=1 * MIB), timeout=PATIENCE):
        total += len(note.payload)
    assert total == 64 * MIB


def health():
    service = "grpc.health.v1.Health"
    check = method("unary_unary", "Check", HealthCheckRequest, HealthCheckResponse, service)
    watch = method("unary_stream", "Watch", HealthCheckRequest, HealthCheckResponse, service)
    assert check(HealthCheckRequest(), timeout=PATIENCE).status == 1
    expect_code(failure(lambda: check(HealthCheckRequest(service="nothing"), timeout=PATIENCE)), grpc.StatusCode.NOT_FOUND)
    updates = watch(HealthCheckRequest(service="nothing"), timeout=PATIENCE)
    assert next(updates).status == 3
    updates.cancel()


print("ready")
for line in sys.stdin:
    try:
        globals()[line.strip()]()
        print("ok")
    except BaseException:
        print("failed: " + traceback.format_exc().replace("\n", " | "))
