using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Unfinished;

public enum ResolvedBy
{
    /// <summary>The file as it is in the working copy, or that it is not there.</summary>
    WorkingCopy,

    /// <summary>Our side's file.</summary>
    Ours,

    /// <summary>Their side's file.</summary>
    Theirs,
}

/// <param name="Resolved">The paths that are resolved now.</param>
/// <param name="Unknown">A path named under which nothing conflicts: nothing was done. Null: there is none.</param>
/// <param name="WithMarkers">Of those resolved, files that still hold a line with a conflict's marker.</param>
/// <param name="OpenCount">Conflicts left.</param>
public sealed record ResolutionResult(IReadOnlyList<byte[]> Resolved, byte[]? Unknown, IReadOnlyList<byte[]> WithMarkers, int OpenCount);

/// <summary>Takes the user's word that conflicts are resolved, and writes a side's file where that is asked for. Not thread-safe.</summary>
/// <param name="clone">Its lock is taken.</param>
/// <param name="workingCopy">Of the clone.</param>
/// <param name="objects">Contents come in one batch.</param>
public sealed class ConflictResolution(Clone clone, WorkingCopy workingCopy, IObjectSource objects)
{
    /// <param name="paths">Conflicts at or below these; the empty path is the top.</param>
    /// <param name="by">What resolves them.</param>
    /// <param name="cancellationToken">Stops between two files; those written are not resolved yet then.</param>
    /// <returns>Null: no operation waits.</returns>
    public async Task<ResolutionResult?> ResolveAsync(IReadOnlyList<byte[]> paths, ResolvedBy by, CancellationToken cancellationToken)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        await workingCopy.PrepareAsync(objects, cancellationToken);
        if (workingCopy.Unfinished.Load() is not { } operation)
        {
            return null;
        }

        foreach (byte[] path in paths)
        {
            if (!operation.Conflicts.Any(c => TreePaths.IsUnder(c.Conflict.Path, path)))
            {
                return new ResolutionResult([], path, [], operation.Open.Count());
            }
        }

        bool IsChosen(OpenConflict c) => paths.Any(p => TreePaths.IsUnder(c.Conflict.Path, p));
        List<MergeConflict> chosen = [.. operation.Conflicts.Where(IsChosen).Select(static c => c.Conflict)];
        using IWorkingFiles files = workingCopy.OpenFiles();
        if (by != ResolvedBy.WorkingCopy)
        {
            await WriteAsync(files, [.. chosen.Select(c => (c.Path, by == ResolvedBy.Ours ? c.Ours : c.Theirs))], cancellationToken);
        }

        UnfinishedOperation next = operation with { Conflicts = [.. operation.Conflicts.Select(c => IsChosen(c) ? c with { IsResolved = true } : c)] };
        workingCopy.Unfinished.Save(next);
        byte[][] marked = by == ResolvedBy.WorkingCopy ? [.. chosen.Select(static c => c.Path).Where(p => HasMarkers(files, p))] : [];
        return new ResolutionResult([.. chosen.Select(static c => c.Path)], null, marked, next.Open.Count());
    }

    private async Task WriteAsync(IWorkingFiles files, List<(byte[] Path, TreeSide Side)> sides, CancellationToken cancellationToken)
    {
        Dictionary<ObjectId, ReadOnlyMemory<byte>> contents = [];
        await foreach (GitObject content in objects.ReadManyAsync([.. sides.Where(static s => s.Side.Mode.HasBlob()).Select(static s => s.Side.Id).Distinct()], cancellationToken))
        {
            contents.Add(content.Id, content.Body);
        }

        foreach ((byte[] path, TreeSide side) in sides)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (side.Mode.Kind() == EntryKind.Submodule)
            {
                continue;
            }

            using IWorkingDirectory? directory = OpenParent(files, path, make: !side.IsAbsent);
            WorkingPath.Split(path, out ReadOnlySpan<byte> name);
            directory?.Delete(name);
            if (!side.IsAbsent)
            {
                Write(directory!, name, side, contents[side.Id].Span);
            }
        }
    }

    private static void Write(IWorkingDirectory directory, ReadOnlySpan<byte> name, TreeSide side, ReadOnlySpan<byte> content)
    {
        if (side.Mode.Kind() == EntryKind.SymbolicLink)
        {
            if (!directory.TryCreateSymlink(name, content))
            {
                throw InTheWay(name);
            }

            return;
        }

        using IWorkingFile file = directory.TryCreate(name, side.Mode.Kind() == EntryKind.Executable) ?? throw InTheWay(name);
        file.Write(content);
    }

    private static IOException InTheWay(ReadOnlySpan<byte> name) =>
        new($"A directory stands where '{System.Text.Encoding.UTF8.GetString(name)}' is to be written; move it away.");

    private static IWorkingDirectory? OpenParent(IWorkingFiles files, ReadOnlySpan<byte> path, bool make)
    {
        ReadOnlySpan<byte> parent = WorkingPath.Split(path, out _);
        IWorkingDirectory? there = files.OpenDirectory(parent);
        if (there is not null || !make)
        {
            return there;
        }

        using (IWorkingDirectory? above = OpenParent(files, parent, make))
        {
            WorkingPath.Split(parent, out ReadOnlySpan<byte> name);
            above?.CreateDirectory(name);
        }

        return files.OpenDirectory(parent) ?? throw InTheWay(parent);
    }

    private static bool HasMarkers(IWorkingFiles files, byte[] path)
    {
        ReadOnlySpan<byte> content = Commits.ChangedFile.Read(files, path).Content.Span;
        return content.StartsWith("<<<<<<< "u8) || content.IndexOf("\n<<<<<<< "u8) >= 0;
    }
}
