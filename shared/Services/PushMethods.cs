using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Services;

/// <summary>The methods of <c>monorepo.v1.PushService</c> (push.proto), for clients and servers.</summary>
public static class PushMethods
{
    public const string ServiceName = "monorepo.v1.PushService";

    public static readonly RpcMethod<PushRequest, PushResponse> Push = RpcMethod.Create(
        RpcMethodKind.ClientStreaming, ServiceName, "Push", PushRequest.Parser, PushResponse.Parser);
}
