using System.Net;
using Microsoft.Extensions.Logging;
using Monorepo.Core;
using Monorepo.Memcached;

namespace Monorepo.Host.Serving;

/// <summary>What the server as a whole reports. Event ids are stable.</summary>
internal sealed partial class ServerLog(ILogger logger)
{
    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "Serving {Repositories} repositories from {Data}: gRPC on {Grpc}, health on {Http}, UCX on {Ucx}, {Memcached} memcached nodes")]
    public partial void Ready(int repositories, string data, string grpc, string http, string ucx, int memcached);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Warning, Message = "{Address} can be reached from other machines, and there is neither authentication nor encryption yet: whoever reaches it reads and writes everything. Keep it behind a firewall, or listen on 127.0.0.1")]
    public partial void Exposed(IPEndPoint address);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Information, Message = "UCX is off: {Problem} Contents travel over gRPC alone")]
    public partial void UcxAbsent(string problem);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Warning, Message = "UCX is off, it can't listen on {Address}. Contents travel over gRPC alone")]
    public partial void UcxFailed(IPEndPoint address, Exception exception);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Information, Message = "Stopping: no new calls; those in work have {Seconds} seconds")]
    public partial void Stopping(int seconds);

    [LoggerMessage(EventId = 1006, Level = LogLevel.Information, Message = "Stopped")]
    public partial void Stopped();

    [LoggerMessage(EventId = 1007, Level = LogLevel.Error, Message = "Not healthy: {Problems}")]
    public partial void Unhealthy(string problems);

    [LoggerMessage(EventId = 1008, Level = LogLevel.Information, Message = "Healthy again")]
    public partial void HealthyAgain();

    [LoggerMessage(EventId = 1009, Level = LogLevel.Information, Message = "Folded {Folded} small clusters into {Made}")]
    public partial void Folded(long folded, long made);

    [LoggerMessage(EventId = 1031, Level = LogLevel.Information, Message = "Serving contents as an edge of {Origin}: gRPC on {Grpc}, health on {Http}, UCX on {Ucx}, {Memcached} memcached nodes")]
    public partial void EdgeReady(Uri origin, string grpc, string http, string ucx, int memcached);

    [LoggerMessage(EventId = 1032, Level = LogLevel.Error, Message = "The history server at {Origin} does not answer: {Problem}. Only what the caches have is served until it does")]
    public partial void OriginAway(Uri origin, string problem);

    [LoggerMessage(EventId = 1033, Level = LogLevel.Information, Message = "The history server at {Origin} answers again")]
    public partial void OriginBack(Uri origin);

    [LoggerMessage(EventId = 1034, Level = LogLevel.Warning, Message = "The memcached server {Node} is {State} now")]
    public partial void MemcachedChanged(MemcachedEndpoint node, NodeState state);

    [LoggerMessage(EventId = 1035, Level = LogLevel.Error, Message = "{Count} values in memcached were not what their keys say, one of them for {Repository}'s {First}; they were removed. Someone writes to it who should not, or its memory is bad")]
    public partial void EnvelopesRejected(int count, RepositoryName repository, ObjectId first);

    [LoggerMessage(EventId = 1010, Level = LogLevel.Error, Message = "Small clusters can't be folded; the store takes more space than it must until this is mended")]
    public partial void FoldFailed(Exception exception);
}
