using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Admin.Output;

/// <summary>The access log for people and for scripts.</summary>
internal static class AccessLogReport
{
    private const double KeysOf = 65_536;

    public static void Write(TextWriter output, AccessLogStatus status, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonText.Object(writer => WriteMembers(writer, status)));
            return;
        }

        output.WriteLine(Describe(status));
        if (status.Problem.Length > 0)
            output.WriteLine($"it can't be written: {status.Problem}");
    }

    public static void WriteMembers(System.Text.Json.Utf8JsonWriter writer, AccessLogStatus status)
    {
        writer.WriteBoolean("on", status.On);
        writer.WriteNumber("keysKept", status.KeysKept / KeysOf);
        writer.WriteNumber("bytesMax", status.BytesMax);
        writer.WriteNumber("files", status.Files);
        writer.WriteNumber("bytes", status.Bytes);
        writer.WriteNumber("recorded", status.Recorded);
        writer.WriteNumber("dropped", status.Dropped);
        writer.WriteString("problem", status.Problem.Length == 0 ? null : status.Problem);
    }

    /// <summary>One line.</summary>
    public static string Describe(AccessLogStatus status)
    {
        string state = status.On
            ? $"on, {(status.KeysKept == KeysOf ? "all objects" : $"1 of {KeysOf / status.KeysKept:0} objects")}, at most {Quantities.Bytes(status.BytesMax)}"
            : "off";
        return $"access log {state}; {Quantities.Bytes(status.Bytes)} in {Quantities.Count(status.Files)} files, "
            + $"{Quantities.Count(status.Recorded)} reads recorded and {Quantities.Count(status.Dropped)} lost since the server started";
    }

    /// <summary>Writes JSON lines as they come.</summary>
    /// <returns>How many.</returns>
    public static async Task<long> ExportAsync(IRpcStreamReader<AccessBatch> batches, TextWriter output, CancellationToken cancellationToken)
    {
        long reads = 0;
        await foreach (AccessBatch batch in batches.WithCancellation(cancellationToken))
        {
            foreach (AccessEntry access in batch.Accesses)
            {
                await output.WriteLineAsync(JsonText.Object(writer =>
                {
                    writer.WriteString("time", DateTimeOffset.FromUnixTimeMilliseconds(access.UnixMs));
                    writer.WriteString("repository", access.Repository);
                    writer.WriteString("id", new ObjectId(access.Id.Span).ToString());
                    writer.WriteString("tier", access.Tier);
                    writer.WriteNumber("bytes", access.Bytes);
                }));
                reads++;
            }
        }

        await output.FlushAsync(cancellationToken);
        return reads;
    }
}
