using System.Globalization;
using System.Text;
using Monorepo.Cli.Output.Log;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Output.Operations;

/// <summary>Operations for people.</summary>
/// <param name="output">Where they go.</param>
/// <param name="abbreviate">Ids as they are shown.</param>
/// <param name="time">The clock, with the zone times are shown in.</param>
public sealed class OperationText(OutputStream output, Func<ObjectId, string> abbreviate, TimeProvider time)
{
    /// <summary>A line: number, how long ago, the command, and what is special about it.</summary>
    public void WriteLine(Operation operation, bool isUndone)
    {
        string ago = RelativeDate.Describe(operation.TimeMs / 1000, time.GetUtcNow().ToUnixTimeSeconds());
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{operation.Number,4}  {ago,-16}{operation.Command}{Marks(operation, isUndone)}"));
    }

    /// <summary>All that is known of one.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="isUndone">Whether it was undone.</param>
    /// <param name="kept">The files it discarded; null: none, or they are gone.</param>
    public void WriteWhole(Operation operation, bool isUndone, KeptFiles? kept)
    {
        DateTimeOffset when = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(operation.TimeMs), time.LocalTimeZone);
        output.Line(string.Create(CultureInfo.InvariantCulture, $"operation {operation.Number}{Marks(operation, isUndone)}"));
        output.Line($"Command: {operation.Command}");
        output.Line(string.Create(CultureInfo.InvariantCulture, $"Date:    {when:yyyy-MM-dd HH:mm:ss zzz}"));
        StateChange change = operation.Change;
        if (change.Head is { } head)
        {
            output.Line($"HEAD:    {Describe(head.Old)} -> {Describe(head.New)}");
        }

        foreach (RefMove move in change.Refs)
        {
            output.Line($"Ref:     {move.Name} {Describe(move.Old)} -> {Describe(move.New)}");
        }

        if (change.Tree is { } tree)
        {
            output.Line($"Files:   {(operation.Has(OperationTraits.MovesFiles) ? "moved" : "left as they were, recorded")} from tree {Describe(tree.Old)} to tree {Describe(tree.New)}");
        }

        foreach (StateFileChange file in change.Files)
        {
            output.Line($"State:   .mr/{file.Name} {(file.Old is null ? "made" : file.New is null ? "removed" : "changed")}");
        }

        foreach ((byte[] path, TreeSide side) in kept?.Sides ?? new Dictionary<byte[], TreeSide>())
        {
            output.Text(side.IsAbsent ? "Kept:    that there was no " : $"Kept:    {abbreviate(side.Id)} ");
            output.Bytes(path);
            output.Text("\n");
        }
    }

    private string Describe(HeadState head) => head switch
    {
        { Commit: null } => "(nothing)",
        { Branch: { } branch } => $"{branch.Short} {Describe(head.Commit)}",
        _ => $"detached {Describe(head.Commit)}",
    };

    private string Describe(ObjectId? id) => id is { } there ? abbreviate(there) : "(none)";

    private static string Marks(Operation operation, bool isUndone)
    {
        StringBuilder marks = new();
        if (operation.Relation != OperationRelation.None)
        {
            marks.Append(CultureInfo.InvariantCulture, $" ({(operation.Relation == OperationRelation.Undo ? "undid" : "redid")} {operation.Target})");
        }

        marks.Append(isUndone ? " (undone)" : "");
        marks.Append(operation.Has(OperationTraits.Published) ? " (on the server, can't be undone)" : "");
        marks.Append(operation.Has(OperationTraits.Interrupted) ? " (interrupted)" : "");
        marks.Append(operation.Has(OperationTraits.Elsewhere) ? " (elsewhere, can't be undone here)" : "");
        marks.Append(operation.Has(OperationTraits.LosesContent) ? " (overwrote files too large to keep)" : "");
        return marks.ToString();
    }
}
