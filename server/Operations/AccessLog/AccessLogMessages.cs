using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Rpc;

namespace Monorepo.Operations.AccessLog;

/// <summary>The access log in messages.</summary>
internal static class AccessLogMessages
{
    /// <summary>Records in one message of an export.</summary>
    private const int ExportBatch = 4_096;

    public static AccessLogStatus ToMessage(AccessLogState state) => new()
    {
        On = state.Settings is not null,
        KeysKept = (uint)(state.Settings?.KeysKept ?? 0),
        BytesMax = (ulong)(state.Settings?.BytesMax ?? 0),
        Files = (ulong)state.Files,
        Bytes = (ulong)state.Bytes,
        Recorded = (ulong)state.Recorded,
        Dropped = (ulong)state.Dropped,
        Problem = state.Problem ?? "",
    };

    /// <exception cref="RpcException">INVALID_ARGUMENT: a value is out of range.</exception>
    public static AccessLogSettings ParseSettings(SetAccessLogRequest request)
    {
        AccessLogSettings settings = new(
            request.KeysKept == 0 ? AccessLogSettings.AllKeys : (int)Math.Min(request.KeysKept, int.MaxValue),
            request.BytesMax == 0 ? AccessLogSettings.DefaultBytes : (long)Math.Min(request.BytesMax, long.MaxValue));
        return settings.IsValid
            ? settings
            : throw new RpcException(
                RpcStatusCode.InvalidArgument,
                $"the access log takes {AccessLogSettings.BytesMin} to {AccessLogSettings.BytesMaxMax} bytes, and 1 to {AccessLogSettings.AllKeys} of {AccessLogSettings.AllKeys} keys.");
    }

    public static async Task ExportAsync(
        IEnumerable<AccessRecord> records, IRpcStreamWriter<AccessBatch> output, CancellationToken cancellationToken)
    {
        foreach (AccessRecord[] chunk in records.Chunk(ExportBatch))
        {
            AccessBatch batch = new();
            batch.Accesses.AddRange(chunk.Select(static r => new AccessEntry
            {
                UnixMs = r.UnixMilliseconds,
                Repository = r.Repository.Value,
                Id = RequestIds.ToMessage(r.Id),
                Tier = r.Tier,
                Bytes = r.EnvelopeBytes,
            }));
            await output.WriteAsync(batch, cancellationToken);
        }
    }
}
