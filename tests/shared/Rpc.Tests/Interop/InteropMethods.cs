using Google.Protobuf;

namespace Monorepo.Rpc.Tests.Interop;

/// <summary>The methods of interop.proto.</summary>
public static class InteropMethods
{
    public const string ServiceName = "monorepo.interop.Interop";

    public static readonly RpcMethod<Ask, Note> Echo = RpcMethod.Create(RpcMethodKind.Unary, ServiceName, "Echo", Ask.Parser, Note.Parser);

    public static readonly RpcMethod<Ask, Note> Count = RpcMethod.Create(RpcMethodKind.ServerStreaming, ServiceName, "Count", Ask.Parser, Note.Parser);

    public static readonly RpcMethod<Note, Note> Sum = RpcMethod.Create(RpcMethodKind.ClientStreaming, ServiceName, "Sum", Note.Parser, Note.Parser);

    public static readonly RpcMethod<Note, Note> Chat = RpcMethod.Create(RpcMethodKind.Duplex, ServiceName, "Chat", Note.Parser, Note.Parser);

    public static readonly RpcMethod<Ask, Note> AwaitCancellations = RpcMethod.Create(RpcMethodKind.Unary, ServiceName, "AwaitCancellations", Ask.Parser, Note.Parser);

    public static ByteString Payload(long length)
    {
        byte[] payload = new byte[length];
        for (int i = 0; i < payload.Length; i++)
            payload[i] = (byte)(i % 251);

        return UnsafeByteOperations.UnsafeWrap(payload);
    }
}
