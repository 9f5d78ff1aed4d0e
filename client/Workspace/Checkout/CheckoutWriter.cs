using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Checkout;

/// <summary>
/// Makes a plan's changes: removes first, then writes files as their contents arrive, each under a temporary name in <c>.mr/tmp</c> and
/// renamed into place, so that a path holds its old content or its new one whenever the process dies.
/// </summary>
internal sealed class CheckoutWriter(IWorkingFiles files, IReadOnlyList<TreeChange> changes, IProgress<CheckoutProgress>? progress)
{
    private static readonly byte[] s_temporary = [.. WorkingPath.StateDirectory, .. "/tmp"u8];

    private readonly RecordedStat?[] _stats = new RecordedStat?[changes.Count];
    private readonly int _total = changes.Count;
    private int _done;
    private int _written;
    private int _temporaryName;
    private long _bytes;

    public int FilesWritten => _written;

    public long BytesWritten => _bytes;

    /// <summary>What the file system said of each change's file once it was written.</summary>
    public IReadOnlyList<RecordedStat?> Stats => _stats;

    /// <summary>Removes what goes, and directories that this empties. Returns the number of paths removed.</summary>
    public int Remove(CancellationToken cancellationToken)
    {
        int removed = 0;
        HashSet<byte[]> parents = new(BytesComparer.Instance);
        for (int i = changes.Count - 1; i >= 0; i--)
        {
            TreeChange change = changes[i];
            if (!change.New.IsAbsent)
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> parent = WorkingPath.Split(change.Path.Span, out ReadOnlySpan<byte> name);
            using IWorkingDirectory? directory = files.OpenDirectory(parent);
            if (directory?.GetStatus(name) is { } status)
            {
                bool gone = status.Kind == FileKind.Directory
                    ? change.Old.Mode.Kind() == EntryKind.Submodule && directory.DeleteDirectory(name)
                    : directory.Delete(name);
                removed += gone ? 1 : 0;
                parents.Add(parent.ToArray());
            }

            Report(0);
        }

        RemoveEmptied(parents);
        return removed;
    }

    /// <summary>Writes what is new or different, several files at a time, in the order in which contents arrive.</summary>
    public async Task WriteAsync(IObjectSource objects, CancellationToken cancellationToken)
    {
        Dictionary<ObjectId, List<int>> wanted = [];
        for (int i = 0; i < changes.Count; i++)
        {
            TreeSide side = changes[i].New;
            if (side.Mode.Kind() == EntryKind.Submodule)
            {
                using IWorkingDirectory directory = EnsureDirectory(changes[i].Path.Span);
                Interlocked.Increment(ref _written);
                Report(0);
            }
            else if (side.Mode.HasBlob())
            {
                if (!wanted.TryGetValue(side.Id, out List<int>? places))
                {
                    wanted.Add(side.Id, places = []);
                }

                places.Add(i);
            }
        }

        using IWorkingDirectory temporary = EnsureDirectory(s_temporary);
        Clear(temporary);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(objects.ReadManyAsync(wanted.Keys, cancellationToken), parallel, (content, _) =>
        {
            foreach (int index in wanted[content.Id])
            {
                WriteOne(temporary, index, content.Body.Span);
            }

            return ValueTask.CompletedTask;
        });
    }

    private void WriteOne(IWorkingDirectory temporary, int index, ReadOnlySpan<byte> content)
    {
        TreeChange change = changes[index];
        byte[] fresh = Encoding.ASCII.GetBytes(Interlocked.Increment(ref _temporaryName).ToString(CultureInfo.InvariantCulture));
        if (change.New.Mode.Kind() == EntryKind.SymbolicLink)
        {
            temporary.CreateSymlink(fresh, content);
        }
        else
        {
            using IWorkingFile file = temporary.Create(fresh, change.New.Mode.Kind() == EntryKind.Executable);
            file.Write(content);
        }

        using IWorkingDirectory directory = EnsureDirectory(WorkingPath.Split(change.Path.Span, out ReadOnlySpan<byte> name));
        if (directory.GetStatus(name) is { Kind: FileKind.Directory })
        {
            // Empty by now: the plan made sure, or the checkout is forced and what is untracked in it stays with an error.
            directory.DeleteDirectory(name);
        }

        temporary.Rename(fresh, directory, name, replace: true);
        _stats[index] = directory.GetStatus(name) is { } status ? status.ToRecorded() : null;
        Interlocked.Increment(ref _written);
        Report(content.Length);
    }

    private void Report(int bytes)
    {
        long written = Interlocked.Add(ref _bytes, bytes);
        progress?.Report(new CheckoutProgress(Interlocked.Increment(ref _done), _total, written));
    }

    private IWorkingDirectory EnsureDirectory(ReadOnlySpan<byte> path)
    {
        if (files.OpenDirectory(path) is { } there)
        {
            return there;
        }

        ReadOnlySpan<byte> parentPath = WorkingPath.Split(path, out ReadOnlySpan<byte> name);
        using (IWorkingDirectory parent = EnsureDirectory(parentPath))
        {
            if (!parent.CreateDirectory(name) && parent.GetStatus(name) is { Kind: not FileKind.Directory })
            {
                // Only a forced checkout gets here with something in the way.
                parent.Delete(name);
                parent.CreateDirectory(name);
            }
        }

        return files.OpenDirectory(path) ?? throw new IOException($"'{Encoding.UTF8.GetString(path)}' can't be opened: something else was put in its place meanwhile. Run the checkout again.");
    }

    private void RemoveEmptied(HashSet<byte[]> parents)
    {
        // Longest first, so that a directory goes before the one that holds it.
        foreach (byte[] start in parents.OrderByDescending(p => p.Length))
        {
            ReadOnlySpan<byte> path = start;
            while (!path.IsEmpty)
            {
                ReadOnlySpan<byte> above = WorkingPath.Split(path, out ReadOnlySpan<byte> name);
                using IWorkingDirectory? directory = files.OpenDirectory(above);
                if (directory is null || !directory.DeleteDirectory(name))
                {
                    break;
                }

                path = above;
            }
        }
    }

    // What a killed checkout left.
    private static void Clear(IWorkingDirectory temporary)
    {
        DirectoryListing listing = new();
        temporary.List(listing);
        for (int i = 0; i < listing.Count; i++)
        {
            temporary.Delete(listing.Name(i));
        }
    }
}
