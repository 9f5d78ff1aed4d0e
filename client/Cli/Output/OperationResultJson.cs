using System.Text;
using System.Text.Json;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Output;

/// <summary>
/// How a merge, rebase, cherry-pick or revert ended, as one JSON object on a line: <c>command</c>, <c>result</c> (a word of <see cref="Word"/>), <c>branch</c> and
/// <c>commit</c> that are checked out now, <c>commits</c> made, <c>stoppedAt</c> (the commit that waits), <c>notes</c>, <c>conflicts</c> (<c>path</c>, <c>status</c>,
/// <c>kind</c>) and <c>refused</c> (<c>path</c>, <c>reason</c>: what stands in the way).
/// </summary>
internal static class OperationResultJson
{
    /// <param name="output">Where to.</param>
    /// <param name="kind">Of the command.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="isAborted">It went back to where it began.</param>
    public static void Write(OutputStream output, OperationKind kind, OperationResult result, bool isAborted)
    {
        output.JsonObject(json =>
        {
            json.WriteString("command", UnfinishedOperation.NameOf(kind));
            json.WriteString("result", isAborted ? "aborted" : Word(result.Outcome));
            WriteHead(json, result.Head);
            json.WriteNumber("commits", result.Commits);
            if (result.Current is { } current)
            {
                json.WriteString("stoppedAt", current.ToString());
            }

            json.WriteStartArray("notes");
            foreach (string note in result.Notes)
            {
                json.WriteStringValue(note);
            }

            json.WriteEndArray();
            json.WriteStartArray("conflicts");
            foreach (MergeConflict conflict in result.Conflicts)
            {
                json.WriteStartObject();
                json.WriteString("path", Encoding.UTF8.GetString(conflict.Path));
                json.WriteString("status", conflict.Letters);
                json.WriteString("kind", ConflictStatus.Word(conflict));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (result.Checkout is { IsDone: false } refused)
            {
                WriteRefused(json, refused);
            }

        });
    }

    private static string Word(OperationOutcome outcome) => outcome switch
    {
        OperationOutcome.Done => "done",
        OperationOutcome.UpToDate => "up-to-date",
        OperationOutcome.FastForwarded => "fast-forwarded",
        OperationOutcome.Stopped => "conflicts",
        OperationOutcome.StoppedEmpty => "empty",
        OperationOutcome.Refused => "refused",
        OperationOutcome.NotFastForward => "no-fast-forward",
        OperationOutcome.Unrelated => "unrelated",
        OperationOutcome.ConflictsOpen => "conflicts-open",
        OperationOutcome.NothingUnfinished => "nothing-unfinished",
        _ => "nothing-checked-out",
    };

    private static void WriteHead(Utf8JsonWriter json, HeadState head)
    {
        if (head.Branch is { } branch)
        {
            json.WriteString("branch", branch.Short);
        }

        json.WriteString("commit", head.Commit?.ToString());
    }

    private static void WriteRefused(Utf8JsonWriter json, CheckoutResult refused)
    {
        json.WriteStartArray("refused");
        foreach (CheckoutConflict conflict in refused.Conflicts)
        {
            json.WriteStartObject();
            json.WriteString("path", Encoding.UTF8.GetString(conflict.Path));
            json.WriteString("reason", conflict.Reason switch
            {
                CheckoutConflictReason.Modified => "modified",
                CheckoutConflictReason.Untracked => "untracked",
                _ => "unsafe-path",
            });
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
