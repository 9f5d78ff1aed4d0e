using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Admin.Targets;

/// <summary>Channels to monorepod.</summary>
internal static class ServerChannel
{
    /// <summary>A batch takes milliseconds; a server in a compaction may hold one up for minutes.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(10);

    public static RpcChannel Open(Uri server) => new(server, new RpcChannelOptions
    {
        DefaultTimeout = CallTimeout,
        SendMessageBytesMax = ServiceLimits.MessageBytesMax,
        ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax,
    });
}
