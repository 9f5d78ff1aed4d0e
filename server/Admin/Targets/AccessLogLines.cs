using System.Text.Json;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;

namespace Monorepo.Admin.Targets;

/// <summary>Reads what <c>mr-admin access-log export</c> wrote.</summary>
internal static class AccessLogLines
{
    public const int EntriesPerMessage = 4_096;

    private const int LineCharactersMax = 4_096;

    /// <exception cref="AdminException">A line is none of an export.</exception>
    public static IEnumerable<AccessEntry> Read(string path)
    {
        if (!File.Exists(path))
            throw new AdminException(ExitCode.NotFound, $"there is no file '{path}'", "'mr-admin access-log export' makes one; 'recent' stands for the server's own log.");
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            yield return TryParse(line) ?? throw new AdminException(
                ExitCode.Usage, $"line {number} of '{path}' is not from an export of the access log", "Each line is like {\"time\":…,\"repository\":\"demo\",\"id\":\"…\",\"tier\":\"store\",\"bytes\":123}.");
        }
    }

    private static AccessEntry? TryParse(string line)
    {
        if (line.Length > LineCharactersMax)
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("id", out JsonElement id) || !ObjectId.TryParse(id.GetString(), out ObjectId parsed)
                || !root.TryGetProperty("repository", out JsonElement repository)
                || !root.TryGetProperty("time", out JsonElement time) || !time.TryGetDateTimeOffset(out DateTimeOffset at)
                || !root.TryGetProperty("bytes", out JsonElement bytes) || !bytes.TryGetUInt32(out uint size))
                return null;
            return new AccessEntry
            {
                UnixMs = at.ToUnixTimeMilliseconds(),
                Repository = repository.GetString() ?? "",
                Id = ByteString.CopyFrom(parsed.AsSpan()),
                Tier = root.TryGetProperty("tier", out JsonElement tier) ? tier.GetString() ?? "" : "",
                Bytes = size,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
