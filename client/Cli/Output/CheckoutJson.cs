using System.Text;
using System.Text.Json;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.History;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Cli.Output;

/// <summary>
/// What a checkout did, as members of a JSON object: <c>commit</c> and <c>branch</c> that are checked out now, files <c>written</c> and <c>removed</c>, <c>bytes</c>
/// written; after an exact one also <c>exact</c>, <c>untrackedRemoved</c>, <c>kept</c> (repositories of their own) and <c>unreadable</c> paths.
/// </summary>
internal static class CheckoutJson
{
    public static void WriteMembers(Utf8JsonWriter json, HeadState head, CheckoutResult result)
    {
        json.WriteString("commit", head.Commit?.ToString());
        json.WriteString("branch", head.Branch?.Short);
        WriteCounts(json, result);
    }

    /// <summary><c>written</c>, <c>removed</c> and <c>bytes</c> alone, where nothing else is checked out than before.</summary>
    public static void WriteCounts(Utf8JsonWriter json, CheckoutResult result)
    {
        json.WriteNumber("written", result.FilesWritten);
        json.WriteNumber("removed", result.FilesRemoved);
        json.WriteNumber("bytes", result.BytesWritten);
    }

    public static void WriteMembers(Utf8JsonWriter json, HeadState head, ExactResult result)
    {
        WriteMembers(json, head, result.Checkout);
        json.WriteBoolean("exact", result.IsExact);
        json.WriteNumber("untrackedRemoved", result.UntrackedRemoved);
        json.WriteStartArray("kept");
        foreach (byte[] kept in result.Kept)
        {
            json.WriteStringValue(Encoding.UTF8.GetString(kept));
        }

        json.WriteEndArray();
        json.WriteNumber("unreadable", result.UnreadableCount);
    }
}
