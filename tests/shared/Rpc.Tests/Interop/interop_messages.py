"""Message classes of interop.proto, built from the descriptors the .NET side wrote."""
import sys

try:
    import grpc  # noqa: F401
    from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory
except ImportError as missing:
    print(f"missing python module {missing.name} (Debian: python3-grpcio, python3-protobuf)")
    sys.exit(0)

_pool = descriptor_pool.Default()
with open(sys.argv[1], "rb") as file:
    for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        _pool.AddSerializedFile(proto.SerializeToString())


def _message(name):
    descriptor = _pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(_pool).GetPrototype(descriptor)


SERVICE = "monorepo.interop.Interop"
Any = any_pb2.Any
Ask = _message("monorepo.interop.Ask")
Note = _message("monorepo.interop.Note")
Status = _message("google.rpc.Status")
HealthCheckRequest = _message("grpc.health.v1.HealthCheckRequest")
HealthCheckResponse = _message("grpc.health.v1.HealthCheckResponse")


def serialize(message):
    return message.SerializeToString()


def payload(length):
    pattern = bytes(range(251))
    return (pattern * (length // 251 + 1))[:length]
