using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Formats.Watching;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Editing;

/// <summary>What an editor shows of a commit that is about to be made: the message so far, and what it will take, commented out.</summary>
internal static class CommitTemplate
{
    /// <summary>More lines help nobody to write a message.</summary>
    private const int PathsMax = 1000;

    /// <param name="message">What is there already; may be empty.</param>
    /// <param name="head">What is checked out.</param>
    /// <param name="status">Of the working copy.</param>
    /// <param name="paths">What was named; null: nothing, all tracked changes go in.</param>
    /// <param name="isAmend">Whether it takes the place of the last commit.</param>
    public static byte[] Create(ReadOnlySpan<byte> message, StatusHead head, StatusResult status, IReadOnlyList<byte[]>? paths, bool isAmend)
    {
        MemoryStream text = new();
        text.Write(message);
        Line(text, "");
        Line(text, $"# Write the message of the {(isAmend ? "amended " : "")}commit above. Lines that start with '#' are left out;");
        Line(text, $"# with no message there is no {(isAmend ? "change" : "commit")}.");
        Line(text, "#");
        Line(text, head.Branch is { } branch ? $"# On branch {branch}" : $"# HEAD detached at {head.ShortCommit}");
        bool IsTaken(StatusEntry e) => (e.IsTrackedChange || (e.Code == StatusCode.Untracked && paths is not null)) && (paths is null || Includes(paths, e.Path));
        Section(text, isAmend ? "Changes that go in besides those of the commit:" : "Changes to be committed:", status.Entries.Where(IsTaken));
        Section(text, "Changes that stay:", status.Entries.Where(e => e.IsTrackedChange && !IsTaken(e)));
        Section(text, "Untracked files:", status.Entries.Where(e => e.Code == StatusCode.Untracked && !IsTaken(e)));
        return text.ToArray();
    }

    /// <summary>Whether a commit of all tracked changes takes anything.</summary>
    public static bool HasChanges(StatusResult status) => status.Entries.Any(static e => e.IsTrackedChange && e.Code != StatusCode.AddedMissing);

    // A folder of untracked files is one line, which a path in it is about, too.
    private static bool Includes(IReadOnlyList<byte[]> paths, byte[] path)
    {
        byte[] name = path[^1] == '/' ? path[..^1] : path;
        return paths.Any(p => TreePaths.IsUnder(name, p) || (path[^1] == '/' && TreePaths.IsUnder(p, name)));
    }

    private static void Section(MemoryStream text, string title, IEnumerable<StatusEntry> entries)
    {
        int count = 0;
        foreach (StatusEntry entry in entries)
        {
            if (count == 0)
            {
                Line(text, "#");
                Line(text, $"# {title}");
            }

            if (++count > PathsMax)
            {
                Line(text, "#\t...");
                return;
            }

            text.Write("#\t"u8);
            if (entry.Code != StatusCode.Untracked)
            {
                text.Write(Encoding.UTF8.GetBytes($"{StatusPrinter.Word(entry.Code) + ":",-12}"));
            }

            System.Buffers.ArrayBufferWriter<byte> quoted = new();
            PathQuoting.Write(quoted, default, entry.Path);
            text.Write(quoted.WrittenSpan);
            Line(text, "");
        }
    }

    private static void Line(MemoryStream text, string line) => text.Write(Encoding.UTF8.GetBytes(line + "\n"));
}
