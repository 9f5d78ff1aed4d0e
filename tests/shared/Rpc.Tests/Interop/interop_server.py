"""interop.proto on grpcio. Prints its port; ends when standard input does."""
import os
import sys
import threading
from concurrent import futures

from interop_messages import SERVICE, Any, Ask, Note, Status, payload, serialize
import grpc

cancellations = threading.Semaphore(0)
code_of = {code.value[0]: code for code in grpc.StatusCode}


def echoed(context):
    return [(key, value) for key, value in context.invocation_metadata() if key.startswith("x-echo")]


def fail(context, ask):
    detail = Any()
    detail.Pack(Note(text="typed detail", number=ask.fail_code))
    status = Status(code=ask.fail_code, message=ask.fail_detail, details=[detail])
    context.set_trailing_metadata(echoed(context) + [("grpc-status-details-bin", serialize(status))])
    context.abort(code_of[ask.fail_code], ask.fail_detail)


def on_cancel(context):
    """An event for the end of the call. Asked for first: a generator is not resumed once its call was cancelled."""
    done = threading.Event()

    def ended():
        cancellations.release()
        done.set()

    if not context.add_callback(ended):
        ended()
    return done


def echo(ask, context):
    context.send_initial_metadata(echoed(context))
    context.set_trailing_metadata(echoed(context))
    if ask.compress:
        context.set_compression(grpc.Compression.Gzip)
    if ask.wait_for_cancel:
        on_cancel(context).wait()
    if ask.fail_code:
        fail(context, ask)
    return Note(text=ask.note.text, number=ask.note.number, payload=payload(ask.payload_bytes) or ask.note.payload)


def count(ask, context):
    if ask.compress:
        context.set_compression(grpc.Compression.Gzip)
    cancelled = on_cancel(context) if ask.wait_for_cancel else None
    for number in range(ask.count):
        yield Note(number=number, payload=payload(ask.payload_bytes))
    if cancelled:
        cancelled.wait()
    if ask.die:
        # The peer writes a line when it has read the notes, which says that they have left this process.
        sys.stdin.readline()
        os._exit(1)
    if ask.fail_code:
        fail(context, ask)


def sum_(notes, context):
    total, number_of_notes = 0, 0
    for note in notes:
        if note.number < 0:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "negative")
        total += note.number
        number_of_notes += 1
    return Note(number=total, text=str(number_of_notes))


def chat(notes, context):
    for note in notes:
        yield Note(number=note.number * 2, payload=note.payload)


def await_cancellations(ask, context):
    for _ in range(ask.count):
        cancellations.acquire()
    return Note(number=ask.count)


handlers = {
    "Echo": grpc.unary_unary_rpc_method_handler(echo, Ask.FromString, serialize),
    "Count": grpc.unary_stream_rpc_method_handler(count, Ask.FromString, serialize),
    "Sum": grpc.stream_unary_rpc_method_handler(sum_, Note.FromString, serialize),
    "Chat": grpc.stream_stream_rpc_method_handler(chat, Note.FromString, serialize),
    "AwaitCancellations": grpc.unary_unary_rpc_method_handler(await_cancellations, Ask.FromString, serialize),
}
server = grpc.server(futures.ThreadPoolExecutor(max_workers=24), options=[
    ("grpc.max_receive_message_length", 32 << 20),
    ("grpc.max_send_message_length", 32 << 20),
])
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port)
if len(sys.argv) < 3 or sys.argv[2] != "die":
    sys.stdin.read()
    server.stop(0)
else:
    server.wait_for_termination()
