using Microsoft.Extensions.Logging;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Operations.AccessLog;
using Monorepo.Operations.Cache;
using Monorepo.Operations.Statistics;
using Monorepo.Operations.Warming;
using Monorepo.Rpc;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;

namespace Monorepo.Operations;

/// <summary><c>monorepo.v1.OperationsService</c>. Thread-safe.</summary>
public sealed partial class OperationsService(
    StatisticsReader statistics, WarmParts parts, CacheInspection caches, TimeProvider time, ILogger<OperationsService> logger) : IRpcService
{
    private readonly ServiceErrors _errors = new(logger);
    private readonly WarmService _warms = new(parts, time, logger);
    private readonly AccessLogRecorder _accessLog = parts.AccessLog;

    public string ServiceName => OperationsMethods.ServiceName;

    public void Bind(RpcServiceBuilder builder) => builder
        .Unary(OperationsMethods.GetStatistics, (_, call) => _errors.GuardAsync(call.Method, () =>
        {
            ServerStatistics answer = statistics.Read();
            answer.AccessLog = AccessLogMessages.ToMessage(_accessLog.State);
            answer.Warms.AddRange(_warms.UnderWayNow);
            return Task.FromResult(answer);
        }))
        .Duplex(OperationsMethods.Warm, (input, output, call) => _errors.GuardAsync(call.Method, () => _warms.RunAsync(input, output, call)))
        .Unary(OperationsMethods.InspectObject, (request, call) => _errors.GuardAsync(call.Method, () => caches.InspectAsync(request, call.CancellationToken)))
        .Unary(OperationsMethods.FlushCache, (request, call) => _errors.GuardAsync(call.Method, async () =>
        {
            FlushCacheResponse response = await caches.FlushAsync(request, call.CancellationToken);
            LogFlushed(call.Peer, request.Repository, request.Ids.Count == 0 ? "everything" : $"{request.Ids.Count} objects");
            return response;
        }))
        .Unary(OperationsMethods.GetAccessLog, (_, call) => _errors.GuardAsync(call.Method, async () =>
        {
            await _accessLog.FlushAsync(call.CancellationToken);
            return AccessLogMessages.ToMessage(_accessLog.State);
        }))
        .Unary(OperationsMethods.SetAccessLog, (request, call) => _errors.GuardAsync(call.Method, async () =>
        {
            try
            {
                if (request.On)
                    await _accessLog.TurnOnAsync(AccessLogMessages.ParseSettings(request), call.CancellationToken);
                else
                    await _accessLog.TurnOffAsync(call.CancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RpcException(RpcStatusCode.FailedPrecondition, $"the access log's folder can't be written: {e.Message}");
            }

            LogAccessLog(call.Peer, request.On ? "on" : "off");
            return AccessLogMessages.ToMessage(_accessLog.State);
        }))
        .ServerStreaming(OperationsMethods.ExportAccessLog, (request, output, call) => _errors.GuardAsync(call.Method, async () =>
        {
            await _accessLog.FlushAsync(call.CancellationToken);
            DateTimeOffset since = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(request.SinceUnixMs, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
            await AccessLogMessages.ExportAsync(_accessLog.Files.Read(since), output, call.CancellationToken);
        }));

    [LoggerMessage(EventId = 5102, Level = LogLevel.Warning, Message = "{Peer} flushed {What} of {Repository} from the caches")]
    private partial void LogFlushed(string peer, string repository, string what);

    [LoggerMessage(EventId = 5101, Level = LogLevel.Information, Message = "{Peer} turned the access log {State}")]
    private partial void LogAccessLog(string peer, string state);
}
