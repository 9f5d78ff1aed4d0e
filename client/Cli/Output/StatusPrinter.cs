using System.Text;
using Monorepo.Formats.Watching;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Output;

/// <summary>How a status is printed.</summary>
/// <param name="Porcelain">As <c>git status --porcelain=v1</c>.</param>
/// <param name="NulTerminated">As that with <c>-z</c>.</param>
/// <param name="Branch">Begins with the branch, in git's formats.</param>
/// <param name="Json">As one object.</param>
public readonly record struct StatusFormat(bool Porcelain, bool NulTerminated, bool Branch, bool Json);

/// <summary>Prints a status, wherever it was found.</summary>
public static class StatusPrinter
{
    /// <param name="output">Where to.</param>
    /// <param name="format">How.</param>
    /// <param name="head">What is checked out.</param>
    /// <param name="status">What differs from it.</param>
    /// <param name="unfinished">The merge or the like that waits for the user.</param>
    /// <param name="sparse">What the working copy has of its tree; null: all of it. What the tree has at other paths, nobody here may know.</param>
    public static void Write(OutputStream output, StatusFormat format, StatusHead head, StatusResult status, UnfinishedOperation? unfinished = null, SparseRules? sparse = null)
    {
        status = ConflictStatus.Without(status, unfinished);
        if (format.Json)
        {
            WriteJson(output, head, status, unfinished, sparse);
            return;
        }

        if (!format.Porcelain && !format.NulTerminated)
        {
            WriteForPeople(output, head, status, unfinished, sparse);
            return;
        }

        if (format.Branch)
        {
            output.Text($"## {BranchLine(head)}{(format.NulTerminated ? '\0' : '\n')}");
        }

        if (unfinished is not null)
        {
            ConflictStatus.WritePorcelain(output, status, unfinished, format.NulTerminated);
            return;
        }

        PorcelainFormatter.Write(status.Entries, output, format.NulTerminated);
    }

    private static void WriteForPeople(OutputStream output, StatusHead head, StatusResult status, UnfinishedOperation? unfinished, SparseRules? sparse)
    {
        WriteWhere(output, head);
        if (head is { Branch: { } branch, Ahead: { } ahead, Behind: { } behind })
        {
            WriteDivergence(output, branch, ahead, behind);
        }

        if (unfinished is not null)
        {
            ConflictStatus.WriteForPeople(output, unfinished);
        }

        Section(output, "Changes:", status, e => e.IsTrackedChange, withCode: true);
        Section(output, "Untracked files:", status, e => e.Code == StatusCode.Untracked && !IsOutside(e, sparse), withCode: false);
        Section(output, "Untracked files outside the sparse profile, where the commit may have others (\"mr sparse include PATH\"):", status, e => IsOutside(e, sparse), withCode: false);
        Section(output, "Ignored files:", status, e => e.Code == StatusCode.Ignored, withCode: false);
        if (head is { Commit: null, IsOnServer: true })
        {
            output.Line("Nothing is checked out yet.");
            output.Line("  (\"mr checkout\" writes the files)");
        }
        else if (status.IsClean && unfinished is null)
        {
            output.Line("Nothing changed, working copy clean.");
        }
    }

    private static bool IsOutside(StatusEntry entry, SparseRules? sparse) => entry.Code == StatusCode.Untracked && sparse is not null
        && (entry.Path[^1] == '/' ? sparse.CoverOf(entry.Path.AsSpan(0, entry.Path.Length - 1)) == SparseCover.None : !sparse.Includes(entry.Path));

    private static void WriteWhere(OutputStream output, StatusHead head)
    {
        if (head is { Branch: null, Commit: not null })
        {
            output.Paint(Ansi.Red, "HEAD detached at ");
            output.Line(head.ShortCommit ?? "");
            return;
        }

        output.Line(head.Branch is { } branch ? $"On branch {branch}" : "Nothing is checked out.");
    }

    // As the first line of git status --porcelain --branch.
    private static string BranchLine(StatusHead head)
    {
        if (head.Branch is not { } branch)
        {
            return "HEAD (no branch)";
        }

        if (head.Commit is null && !head.IsOnServer)
        {
            return $"No commits yet on {branch}";
        }

        return (head.Ahead, head.Behind) switch
        {
            (null, _) => branch,
            (0, 0) => $"{branch}...origin/{branch}",
            (_, 0) => $"{branch}...origin/{branch} [ahead {head.Ahead}]",
            (0, _) => $"{branch}...origin/{branch} [behind {head.Behind}]",
            _ => $"{branch}...origin/{branch} [ahead {head.Ahead}, behind {head.Behind}]",
        };
    }

    private static void WriteDivergence(OutputStream output, string branch, int ahead, int behind)
    {
        string server = $"'origin/{branch}'";
        switch (ahead, behind)
        {
            case (0, 0):
                output.Line($"Your branch is up to date with {server}.");
                break;
            case (_, 0):
                output.Line($"Your branch is ahead of {server} by {Commits(ahead)}.");
                output.Line("  (use \"mr push\" to publish your local commits)");
                break;
            case (0, _):
                output.Line($"Your branch is behind {server} by {Commits(behind)}, and can be fast-forwarded.");
                output.Line($"  (use \"mr checkout {branch}\" to update your working copy)");
                break;
            default:
                output.Line($"Your branch and {server} have diverged,");
                output.Line($"and have {ahead} and {behind} different commits each, respectively.");
                output.Line("  (use \"mr push --rebase\" to let the server put yours on top)");
                break;
        }
    }

    private static string Commits(int count) => count == 1 ? "1 commit" : $"{count} commits";

    private static void Section(OutputStream output, string title, StatusResult status, Func<StatusEntry, bool> belongs, bool withCode)
    {
        bool any = false;
        foreach (StatusEntry entry in status.Entries.Where(belongs))
        {
            if (!any)
            {
                output.Line("");
                output.Line(title);
                any = true;
            }

            output.Text("  ");
            output.Bytes(output.IsColored ? Ansi.Red : default);
            output.Text(withCode ? $"{Word(entry.Code),-12}" : "");
            PathQuoting.Write(output, default, entry.Path);
            output.Bytes(output.IsColored ? Ansi.Reset : default);
            output.Text("\n");
        }
    }

    internal static string Word(StatusCode code) => code switch
    {
        StatusCode.Modified => "modified",
        StatusCode.Deleted => "deleted",
        StatusCode.TypeChanged => "typechange",
        StatusCode.Untracked => "untracked",
        StatusCode.Added => "new file",
        StatusCode.Removed => "removed",
        StatusCode.AddedMissing => "new, gone",
        _ => "ignored",
    };

    private static void WriteJson(OutputStream output, StatusHead head, StatusResult status, UnfinishedOperation? unfinished, SparseRules? sparse)
    {
        output.JsonObject(json =>
        {
            json.WriteString("branch", head.Branch);
            json.WriteString("commit", head.Commit?.ToString());
            if (head is { Ahead: { } ahead, Behind: { } behind })
            {
                json.WriteNumber("ahead", ahead);
                json.WriteNumber("behind", behind);
            }

            if (unfinished is not null)
            {
                ConflictStatus.WriteJson(json, unfinished);
            }

            json.WriteBoolean("clean", status.IsClean && unfinished is null);
            json.WriteStartArray("entries");
            foreach (StatusEntry entry in status.Entries)
            {
                json.WriteStartObject();
                json.WriteString("status", Word(entry.Code));
                json.WriteString("path", Encoding.UTF8.GetString(entry.Path));
                if (IsOutside(entry, sparse))
                {
                    json.WriteBoolean("outside", true);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
