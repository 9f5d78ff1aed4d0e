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
/// <param name="files">The working copy.</param>
/// <param name="plan">What to do; unless forced, it has looked for conflicts and found none.</param>
/// <param name="force">What is in the way goes. Otherwise a path that changed since the plan looked stops the checkout, and is kept.</param>
/// <param name="progress">Told after each path.</param>
internal sealed class CheckoutWriter(IWorkingFiles files, CheckoutPlan plan, bool force, IProgress<CheckoutProgress>? progress)
{
    // As deep as any tree the walker takes.
    private const int DepthMax = TreeWalker.DepthMax;

    // Coarser than any file system's clock: a file this young may be written again without its time telling.
    private const long UnsettledNs = 2_000_000_000;

    private static readonly byte[] s_temporary = [.. WorkingPath.StateDirectory, .. "/tmp"u8];

    private readonly IReadOnlyList<TreeChange> _changes = plan.Changes;
    private readonly RecordedStat?[] _stats = new RecordedStat?[plan.Changes.Count];
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
        for (int i = _changes.Count - 1; i >= 0; i--)
        {
            TreeChange change = _changes[i];
            if (!change.New.IsAbsent)
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> parent = WorkingPath.Split(change.Path.Span, out ReadOnlySpan<byte> name);
            using IWorkingDirectory? directory = files.OpenDirectory(parent);
            if (directory?.GetStatus(name) is { } status)
            {
                CheckUnchanged(i, status);
                bool gone = status.Kind == FileKind.Directory
                    ? plan.MayBeSubmodule(change) && directory.DeleteDirectory(name)
                    : directory.Delete(name);
                removed += gone ? 1 : 0;
            }

            // Also where it was gone before: a killed checkout may have come as far as that.
            parents.Add(parent.ToArray());
            Report(0);
        }

        RemoveEmptied(parents);
        return removed;
    }

    /// <summary>Writes what is new or different, several files at a time, in the order in which contents arrive.</summary>
    public async Task WriteAsync(IObjectSource objects, CancellationToken cancellationToken)
    {
        Dictionary<ObjectId, List<int>> wanted = [];
        for (int i = 0; i < _changes.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TreeSide side = _changes[i].New;
            if (side.Mode.Kind() == EntryKind.Submodule)
            {
                MakeSubmodule(i);
            }
            else if (side.Mode.HasBlob() && !TryWithoutContent(i))
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
        if (wanted.Count == 0)
        {
            return;
        }

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

    // True where the file needs no content from anywhere.
    private bool TryWithoutContent(int index)
    {
        CheckoutStep step = plan.Steps[index];
        if (step.Kind == CheckoutStepKind.Write)
        {
            return false;
        }

        using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(_changes[index].Path.Span, out ReadOnlySpan<byte> name));
        if (directory?.GetStatus(name) is not { } status)
        {
            return false;
        }

        CheckUnchanged(index, status);
        if (step.Kind == CheckoutStepKind.AlreadyThere)
        {
            long nowNs = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            _stats[index] = status.MtimeNs < nowNs - UnsettledNs ? status.ToRecorded() : null;
        }
        else
        {
            // Execution for whom may read, as the umask would have left it.
            uint withoutExecution = status.Permissions & ~0x49u;
            bool isExecutable = _changes[index].New.Mode.Kind() == EntryKind.Executable;
            directory.SetPermissions(name, isExecutable ? withoutExecution | ((withoutExecution & 0x124) >> 2) : withoutExecution);
            _stats[index] = directory.GetStatus(name) is { } changed && changed.MtimeNs == status.MtimeNs ? changed.ToRecorded() : null;
            Interlocked.Increment(ref _written);
        }

        Report(0);
        return true;
    }

    private void MakeSubmodule(int index)
    {
        using IWorkingDirectory directory = EnsureDirectory(WorkingPath.Split(_changes[index].Path.Span, out ReadOnlySpan<byte> name));
        if (directory.GetStatus(name) is { Kind: not FileKind.Directory } status)
        {
            CheckUnchanged(index, status);
            directory.Delete(name);
        }

        directory.CreateDirectory(name);
        Interlocked.Increment(ref _written);
        Report(0);
    }

    private void WriteOne(IWorkingDirectory temporary, int index, ReadOnlySpan<byte> content)
    {
        TreeChange change = _changes[index];
        byte[] fresh = Encoding.ASCII.GetBytes(Interlocked.Increment(ref _temporaryName).ToString(CultureInfo.InvariantCulture));
        if (change.New.Mode.Kind() == EntryKind.SymbolicLink)
        {
            if (content.IsEmpty || content.Contains((byte)0))
            {
                throw new IOException($"The link '{Encoding.UTF8.GetString(change.Path.Span)}' has a target that no file system can hold.");
            }

            temporary.CreateSymlink(fresh, content);
            Place(temporary, fresh, index);
            using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(change.Path.Span, out ReadOnlySpan<byte> name));
            _stats[index] = directory?.GetStatus(name) is { } status && directory.ReadLink(name).AsSpan().SequenceEqual(content) ? status.ToRecorded() : null;
        }
        else
        {
            using IWorkingFile file = temporary.Create(fresh, change.New.Mode.Kind() == EntryKind.Executable);
            file.Write(content);
            Place(temporary, fresh, index);

            // Of the file we wrote, whatever has its name by now. Taken after the rename, which changes the ctime.
            _stats[index] = file.GetStatus().ToRecorded();
        }

        Interlocked.Increment(ref _written);
        Report(content.Length);
    }

    private void Place(IWorkingDirectory temporary, ReadOnlySpan<byte> fresh, int index)
    {
        using IWorkingDirectory directory = EnsureDirectory(WorkingPath.Split(_changes[index].Path.Span, out ReadOnlySpan<byte> name));
        FileStatus? there = directory.GetStatus(name);
        if (there is { Kind: FileKind.Directory })
        {
            RemoveDirectory(directory, name, 0);
            there = null;
        }
        else if (there is { } status)
        {
            CheckUnchanged(index, status);
        }

        if (!temporary.Rename(fresh, directory, name, replace: force || there is not null))
        {
            throw Disturbed(_changes[index].Path.Span);
        }
    }

    // Only files that the plan saw, and found harmless to lose, may be lost.
    private void CheckUnchanged(int index, in FileStatus status)
    {
        if (!force && status.Kind != FileKind.Directory && plan.Steps[index].Seen != status.ToRecorded())
        {
            throw Disturbed(_changes[index].Path.Span);
        }
    }

    // Unless forced, directories go and nothing else: the plan saw that all files in them were going.
    private void RemoveDirectory(IWorkingDirectory parent, ReadOnlySpan<byte> name, int depth)
    {
        if (parent.DeleteDirectory(name))
        {
            return;
        }

        using (IWorkingDirectory? directory = depth < DepthMax ? parent.OpenDirectory(name) : null)
        {
            if (directory is null)
            {
                return;
            }

            DirectoryListing listing = new();
            directory.List(listing);
            for (int i = 0; i < listing.Count; i++)
            {
                if (listing.Kind(i) == FileKind.Directory)
                {
                    RemoveDirectory(directory, listing.Name(i), depth + 1);
                }
                else if (force)
                {
                    directory.Delete(listing.Name(i));
                }
            }
        }

        if (!parent.DeleteDirectory(name))
        {
            throw Disturbed(name);
        }
    }

    private static IOException Disturbed(ReadOnlySpan<byte> path) =>
        new($"'{Encoding.UTF8.GetString(path)}' changed while the checkout ran; it was left alone. Run the checkout again.");

    private void Report(int bytes)
    {
        long written = Interlocked.Add(ref _bytes, bytes);
        progress?.Report(new CheckoutProgress(Interlocked.Increment(ref _done), _changes.Count, written));
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
            if (!parent.CreateDirectory(name) && force && parent.GetStatus(name) is { Kind: not FileKind.Directory })
            {
                parent.Delete(name);
                parent.CreateDirectory(name);
            }
        }

        return files.OpenDirectory(path) ?? throw Disturbed(path);
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
                if (directory is not null && !directory.DeleteDirectory(name) && directory.GetStatus(name) is not null)
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
