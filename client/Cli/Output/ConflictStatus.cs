using System.Buffers;
using System.Text.Json;
using Monorepo.Core;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Output;

/// <summary>What a status says of an unfinished merge or the like.</summary>
internal static class ConflictStatus
{
    /// <summary>The status without what the conflicts say better.</summary>
    public static StatusResult Without(StatusResult status, UnfinishedOperation? operation)
    {
        HashSet<byte[]> conflicting = new(operation?.Open.Select(static c => c.Path) ?? [], BytesComparer.Instance);
        return conflicting.Count == 0 ? status : status with { Entries = [.. status.Entries.Where(e => !conflicting.Contains(e.Path))] };
    }

    /// <summary>In git's order and format: conflicts stand among the tracked paths.</summary>
    public static void WritePorcelain(OutputStream output, StatusResult status, UnfinishedOperation operation, bool nulTerminated)
    {
        Queue<MergeConflict> conflicts = new(operation.Open.OrderBy(static c => c.Path, BytesComparer.Instance));
        foreach (StatusEntry entry in status.Entries)
        {
            bool isTracked = entry.Code is not (StatusCode.Untracked or StatusCode.Ignored);
            while (conflicts.TryPeek(out MergeConflict? next) && (!isTracked || next.Path.AsSpan().SequenceCompareTo(entry.Path) < 0))
            {
                WriteLine(output, conflicts.Dequeue(), nulTerminated);
            }

            PorcelainFormatter.Write([entry], output, nulTerminated);
        }

        foreach (MergeConflict conflict in conflicts)
        {
            WriteLine(output, conflict, nulTerminated);
        }
    }

    public static void WriteForPeople(OutputStream output, UnfinishedOperation operation)
    {
        string command = operation.Command;
        List<MergeConflict> open = [.. operation.Open];
        output.Line($"A {command} is unfinished{(operation.Todo.Count > 0 ? $", {operation.Todo.Count:N0} more commit{(operation.Todo.Count == 1 ? "" : "s")} to come" : "")}.");
        output.Line((open.Count, operation.Conflicts.Count) switch
        {
            ( > 0, _) => $"  (fix the conflicts and mark them with \"mr resolve PATH\", then \"mr {command} --continue\")",
            (_, 0) when operation.Current is not null && operation.Snapshot is null => "  (the commit it stopped at changes nothing here)",
            _ => $"  (no conflict is open: \"mr {command} --continue\" goes on)",
        });
        output.Line($"  ({(operation.Kind == OperationKind.Merge ? "" : $"\"mr {command} --skip\" leaves this commit out, ")}\"mr {command} --abort\" goes back)");
        if (open.Count == 0)
        {
            return;
        }

        output.Line("");
        output.Line("Conflicts:");
        foreach (MergeConflict conflict in open)
        {
            output.Text($"  {Word(conflict) + ":",-18}");
            PathQuoting.Write(output, default, conflict.Path);
            output.Text("\n");
        }
    }

    public static void WriteJson(Utf8JsonWriter json, UnfinishedOperation operation)
    {
        json.WriteString("operation", operation.Command);
        json.WriteNumber("todo", operation.Todo.Count);
        json.WriteStartArray("conflicts");
        foreach (MergeConflict conflict in operation.Open)
        {
            json.WriteStartObject();
            json.WriteString("status", conflict.Letters);
            json.WriteString("path", System.Text.Encoding.UTF8.GetString(conflict.Path));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // As any line of that format, with other letters.
    private static void WriteLine(OutputStream output, MergeConflict conflict, bool nulTerminated)
    {
        ArrayBufferWriter<byte> line = new();
        PorcelainFormatter.Write([new StatusEntry(conflict.Path, StatusCode.Modified)], line, nulTerminated);
        output.Text(conflict.Letters);
        output.Bytes(line.WrittenSpan[2..]);
    }

    /// <summary>What happened to a conflict's path, in git's words.</summary>
    public static string Word(MergeConflict conflict) => conflict.Letters switch
    {
        "DD" => "both deleted",
        "AU" => "added by us",
        "UD" => "deleted by them",
        "UA" => "added by them",
        "DU" => "deleted by us",
        "AA" => "both added",
        _ => "both modified",
    };
}
