using System.Text;
using Monorepo.Cli.Output.Words;
using Monorepo.Core;
using Monorepo.Native.Git2;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Cli.Output;

/// <summary>One side of a changed file.</summary>
/// <param name="Mode"><see cref="FileMode.None"/> where the file is not on this side.</param>
/// <param name="Id">The content's id.</param>
/// <param name="Content">The content; a link's target; for submodules unused.</param>
public readonly record struct PatchSide(FileMode Mode, ObjectId Id, ReadOnlyMemory<byte> Content)
{
    public static readonly PatchSide Absent = new(FileMode.None, ObjectId.Null, default);

    public bool IsAbsent => Mode == FileMode.None;
}

/// <summary>How patches are written.</summary>
/// <param name="ContextLines">Unchanged lines around each change.</param>
/// <param name="Words">Changed words in place of changed lines; null: lines.</param>
public readonly record struct PatchStyle(int ContextLines, WordDiffMode? Words)
{
    public static readonly PatchStyle Default = new(3, null);
}

/// <summary>Prints file changes as <c>git diff</c> does. Not thread-safe.</summary>
public sealed class PatchWriter : IDisposable
{
    private readonly OutputStream _target;
    private readonly bool _isBare;
    private readonly Func<ObjectId, string> _abbreviate;
    private readonly PatchFormatter _hunks;
    private readonly WordDiff? _words;

    // What is to be coloured is written here first.
    private readonly PatchPainter? _painter;

    /// <param name="target">Where to, with colours where it has them.</param>
    /// <param name="abbreviate">Shortens ids in <c>index</c> lines.</param>
    /// <param name="style">Null: the default.</param>
    public PatchWriter(OutputStream target, Func<ObjectId, string> abbreviate, PatchStyle? style = null)
    {
        PatchStyle chosen = style ?? PatchStyle.Default;
        _target = target;
        _isBare = chosen.ContextLines == 0;
        _abbreviate = abbreviate;
        _hunks = new PatchFormatter(new PatchOptions(chosen.ContextLines));
        _words = chosen.Words is { } mode ? new WordDiff(target, mode, _hunks) : null;
        _painter = target.IsColored ? new PatchPainter(target) : null;
    }

    private OutputStream Output => _painter?.Plain ?? _target;

    public void Dispose()
    {
        _words?.Dispose();
        _hunks.Dispose();
        _painter?.Dispose();
    }

    public void Write(ReadOnlySpan<byte> path, PatchSide before, PatchSide after) => Write(path, path, before, after, null);

    /// <param name="oldPath">Its path before.</param>
    /// <param name="path">Its path after.</param>
    /// <param name="before">Absent where it was added.</param>
    /// <param name="after">Absent where it was removed.</param>
    /// <param name="similarity">Of a rename, in percent; null: none.</param>
    public void Write(ReadOnlySpan<byte> oldPath, ReadOnlySpan<byte> path, PatchSide before, PatchSide after, int? similarity)
    {
        bool hasHunks = WriteHead(oldPath, path, before, after, similarity);
        ReadOnlySpan<byte> old = ContentOf(before).Span;
        ReadOnlySpan<byte> now = ContentOf(after).Span;
        int tail = _isBare ? CommonTail.LengthOf(old, now) : 0;
        if (hasHunks && _words is null)
        {
            _hunks.Write(old[..^tail], now[..^tail], Output);
        }

        _painter?.Paint(old, now);
        if (hasHunks)
        {
            _words?.Write(old[..^tail], now[..^tail]);
        }
    }

    // False where no hunks follow.
    private bool WriteHead(ReadOnlySpan<byte> oldPath, ReadOnlySpan<byte> path, PatchSide before, PatchSide after, int? similarity)
    {
        // A change of type is a removal and an addition.
        if (!before.IsAbsent && !after.IsAbsent && TypeOf(before.Mode) != TypeOf(after.Mode))
        {
            Write(path, before, PatchSide.Absent);
            Write(path, PatchSide.Absent, after);
            return false;
        }

        Output.Text("diff --git ");
        PathQuoting.Write(Output, "a/"u8, oldPath);
        Output.Text(" ");
        PathQuoting.Write(Output, "b/"u8, path);
        Output.Text("\n");
        if (before.IsAbsent)
        {
            Output.Line($"new file mode {after.Mode.Canonical().ToOctal()}");
        }
        else if (after.IsAbsent)
        {
            Output.Line($"deleted file mode {before.Mode.Canonical().ToOctal()}");
        }
        else if (before.Mode.Canonical() != after.Mode.Canonical())
        {
            Output.Line($"old mode {before.Mode.Canonical().ToOctal()}");
            Output.Line($"new mode {after.Mode.Canonical().ToOctal()}");
        }

        if (similarity is { } percent)
        {
            Output.Line($"similarity index {percent}%");
            Output.Text("rename from ");
            PathQuoting.Write(Output, default, oldPath);
            Output.Text("\nrename to ");
            PathQuoting.Write(Output, default, path);
            Output.Text("\n");
        }

        if (before.Id == after.Id)
        {
            return false;
        }

        bool keepsMode = !before.IsAbsent && !after.IsAbsent && before.Mode.Canonical() == after.Mode.Canonical();
        string mode = keepsMode ? " " + after.Mode.Canonical().ToOctal() : "";
        Output.Line($"index {_abbreviate(before.Id)}..{_abbreviate(after.Id)}{mode}");
        ReadOnlyMemory<byte> old = ContentOf(before);
        ReadOnlyMemory<byte> now = ContentOf(after);
        if (PatchFormatter.LooksBinary(old.Span) || PatchFormatter.LooksBinary(now.Span))
        {
            Output.Text("Binary files ");
            Name("a/"u8, oldPath, before, isHeader: false);
            Output.Text(" and ");
            Name("b/"u8, path, after, isHeader: false);
            Output.Text(" differ\n");
            return false;
        }

        // An empty file that comes or goes has no lines to show.
        if (old.Length == 0 && now.Length == 0)
        {
            return false;
        }

        Output.Text("--- ");
        Name("a/"u8, oldPath, before, isHeader: true);
        Output.Text("\n+++ ");
        Name("b/"u8, path, after, isHeader: true);
        Output.Text("\n");
        return true;
    }

    private void Name(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> path, PatchSide side, bool isHeader)
    {
        if (side.IsAbsent)
        {
            Output.Text("/dev/null");
            return;
        }

        PathQuoting.Write(Output, prefix, path);
        // A tab ends a name that holds blanks, so that patch(1) finds its end.
        if (isHeader && path.Contains((byte)' '))
        {
            Output.Text("\t");
        }
    }

    private static EntryKind TypeOf(FileMode mode) => mode.Kind() == EntryKind.Executable ? EntryKind.File : mode.Kind();

    internal static ReadOnlyMemory<byte> ContentOf(PatchSide side) => side.Mode.Kind() == EntryKind.Submodule
        ? Encoding.ASCII.GetBytes($"Subproject commit {side.Id}\n")
        : side.Content;
}
