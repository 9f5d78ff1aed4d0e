using System.Globalization;
using Monorepo.Core;
using Monorepo.Workspace.Diff;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Output.Changes;

/// <summary>Prints changes in all the ways that <c>git diff</c> knows. Not thread-safe.</summary>
/// <param name="output">Where to.</param>
/// <param name="style">How.</param>
/// <param name="abbreviate">Shortens ids in index lines.</param>
/// <param name="columns">How wide the output is.</param>
public sealed class ChangePrinter(OutputStream output, ChangeStyle style, Func<ObjectId, string> abbreviate, int columns) : IDisposable
{
    private const ChangeFormats Tables = ChangeFormats.Stat | ChangeFormats.NumberStat | ChangeFormats.ShortStat;

    /// <summary>Of more changes contents come as they are printed.</summary>
    private const int BatchChangesMax = 8_192;

    private readonly DiffStat _stat = new(style.StatSize.Columns > 0 ? style.StatSize.Columns : columns, style.StatSize);
    private readonly PatchWriter _patches = new(output, style.FullIndex ? static id => id.ToString() : abbreviate, new PatchStyle(style.ContextLines, style.Words));

    /// <param name="objects">Reads contents, those of many files at once.</param>
    /// <param name="changes">Sorted by path's bytes.</param>
    /// <param name="cancellationToken">Ends fetches.</param>
    public async Task PrintAsync(IObjectSource objects, IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        await FetchAsync(objects, changes, cancellationToken);
        IReadOnlyList<FileChange> files = style.Renames is { } scope
            ? await RenameDetector.DetectAsync(objects, changes, cancellationToken, scope)
            : [.. changes.Select(static c => new FileChange(c))];
        if (files.Count == 0)
        {
            return;
        }

        if (style.HasNamesOnly)
        {
            WriteNames(files);
            return;
        }

        if ((style.Formats & Tables) != ChangeFormats.None)
        {
            await TreePatches.ForEachAsync(objects, files, _stat.Add, cancellationToken);
            WriteTables();
        }

        if (style.Formats.HasFlag(ChangeFormats.Patch))
        {
            output.Text((style.Formats & Tables) != ChangeFormats.None ? "\n" : "");
            await TreePatches.WriteAsync(_patches, objects, files, cancellationToken);
        }
    }

    public void Dispose()
    {
        _stat.Dispose();
        _patches.Dispose();
    }

    // What is printed anyway comes in one batch, before renames are looked for in some of it.
    private async Task FetchAsync(IObjectSource objects, IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        if (style.HasNamesOnly || changes.Count is 0 or > BatchChangesMax)
        {
            return;
        }

        HashSet<ObjectId> wanted = [];
        foreach (TreeChange change in changes)
        {
            TreePatches.Want(change, wanted);
        }

        await objects.EnsureAsync(wanted, cancellationToken);
    }

    private void WriteTables()
    {
        if (style.Formats.HasFlag(ChangeFormats.NumberStat))
        {
            _stat.WriteNumbers(output);
        }

        if (style.Formats.HasFlag(ChangeFormats.Stat))
        {
            _stat.Write(output);
        }

        if (style.Formats.HasFlag(ChangeFormats.ShortStat))
        {
            _stat.WriteSums(output);
        }

        _stat.Clear();
    }

    private void WriteNames(IReadOnlyList<FileChange> files)
    {
        foreach (FileChange file in files)
        {
            if (style.Formats.HasFlag(ChangeFormats.NameStatus))
            {
                output.Text(LetterOf(file));
                output.Text("\t");
                if (file.Score is not null)
                {
                    PathQuoting.Write(output, default, file.OldPath.Span);
                    output.Text("\t");
                }
            }

            PathQuoting.Write(output, default, file.NewPath.Span);
            output.Text("\n");
        }
    }

    private static string LetterOf(FileChange file) => file switch
    {
        { Percent: { } percent } => "R" + percent.ToString("000", CultureInfo.InvariantCulture),
        { Old.IsAbsent: true } => "A",
        { New.IsAbsent: true } => "D",
        { IsTypeChange: true } => "T",
        _ => "M",
    };
}
