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
/// Makes a plan's changes: removes first, then writes files as their contents arrive, each under its own name. When the process dies a file may be missing, or hold a
/// beginning of its content, which the next plan knows. Writing elsewhere and renaming would make file systems write out each replaced file at once (ext4's auto_da_alloc).
/// </summary>
/// <param name="files">The working copy.</param>
/// <param name="plan">What to do; unless forced, it has looked for conflicts and found none.</param>
/// <param name="force">What is in the way goes. Otherwise a path that changed since the plan looked stops the checkout, and is kept.</param>
/// <param name="progress">Told after each path.</param>
internal sealed class CheckoutWriter(IWorkingFiles files, CheckoutPlan plan, bool force, IProgress<CheckoutProgress>? progress) : IDisposable
{
    // As deep as any tree the walker takes.
    private const int DepthMax = TreeWalker.DepthMax;

    // Coarser than any file system's clock: a file this young may be written again without its time telling.
    private const long UnsettledNs = 2_000_000_000;

    private readonly IReadOnlyList<TreeChange> _changes = plan.Changes;
    private readonly RecordedStat?[] _stats = new RecordedStat?[plan.Changes.Count];
    private readonly DirectoryHandles _directories = new(files, plan.Directories);
    private int _done;
    private int _written;
    private long _bytes;

    public int FilesWritten => _written;

    public long BytesWritten => _bytes;

    /// <summary>What the file system said of each change's file once it was written.</summary>
    public IReadOnlyList<RecordedStat?> Stats => _stats;

    /// <summary>Removes what goes, and directories that this empties. Returns the number of paths removed.</summary>
    public int Remove(CancellationToken cancellationToken)
    {
        int removed = 0;
        bool[] isLess = new bool[plan.Directories.Count];
        for (int i = _changes.Count - 1; i >= 0; i--)
        {
            TreeChange change = _changes[i];
            if (!change.New.IsAbsent || plan.Steps[i].Kind == CheckoutStepKind.Leave)
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            WorkingPath.Split(change.Path.Span, out ReadOnlySpan<byte> name);
            using DirectoryHandles.Lease? lease = _directories.TryOpen(plan.Directories.OfChange(i));
            if (lease is { Directory: { } directory } && directory.GetStatus(name) is { } status)
            {
                CheckUnchanged(i, status);
                bool gone = status.Kind == FileKind.Directory
                    ? plan.MayBeSubmodule(change) && directory.DeleteDirectory(name)
                    : directory.Delete(name);
                removed += gone ? 1 : 0;
            }

            // Also where it was gone before: a killed checkout may have come as far as that.
            isLess[plan.Directories.OfChange(i)] = true;
            Report(0);
        }

        RemoveEmptied(isLess);
        return removed;
    }

    /// <summary>Writes what is new or different, several files at a time, in the order in which contents arrive.</summary>
    public async Task WriteAsync(IObjectSource objects, CancellationToken cancellationToken)
    {
        // The first change of each content, and after each change the next of the same.
        Dictionary<ObjectId, int> wanted = new(_changes.Count);
        int[] next = new int[_changes.Count];
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
                next[i] = wanted.TryGetValue(side.Id, out int first) ? first : -1;
                wanted[side.Id] = i;
            }
        }

        await objects.ReceiveManyAsync(wanted.Keys, content =>
        {
            for (int index = wanted[content.Id]; index >= 0; index = next[index])
            {
                WriteOne(index, content.Body.Span);
            }

            return ValueTask.CompletedTask;
        }, cancellationToken);
    }

    public void Dispose() => _directories.Dispose();

    // True where the file needs no content from anywhere.
    private bool TryWithoutContent(int index)
    {
        CheckoutStep step = plan.Steps[index];
        if (step.Kind == CheckoutStepKind.Write)
        {
            return false;
        }

        WorkingPath.Split(_changes[index].Path.Span, out ReadOnlySpan<byte> name);
        using DirectoryHandles.Lease? lease = _directories.TryOpen(plan.Directories.OfChange(index));
        IWorkingDirectory? directory = lease?.Directory;
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
        using DirectoryHandles.Lease lease = Ensure(index, out ReadOnlySpan<byte> name);
        if (lease.Directory.GetStatus(name) is { Kind: not FileKind.Directory } status)
        {
            CheckUnchanged(index, status);
            lease.Directory.Delete(name);
        }

        lease.Directory.CreateDirectory(name);
        Interlocked.Increment(ref _written);
        Report(0);
    }

    private void WriteOne(int index, ReadOnlySpan<byte> content)
    {
        using DirectoryHandles.Lease lease = Ensure(index, out ReadOnlySpan<byte> name);
        if (plan.Steps[index].Seen is not null)
        {
            MakeWay(lease.Directory, name, index);
        }

        EntryKind kind = _changes[index].New.Mode.Kind();
        _stats[index] = kind == EntryKind.SymbolicLink
            ? WriteLink(lease.Directory, name, index, content)
            : WriteFile(lease.Directory, name, index, content, isExecutable: kind == EntryKind.Executable);
        Interlocked.Increment(ref _written);
        Report(content.Length);
    }

    private RecordedStat WriteFile(IWorkingDirectory directory, ReadOnlySpan<byte> name, int index, ReadOnlySpan<byte> content, bool isExecutable)
    {
        IWorkingFile? file = directory.TryCreate(name, isExecutable);
        if (file is null)
        {
            MakeWay(directory, name, index);
            file = directory.TryCreate(name, isExecutable) ?? throw Disturbed(_changes[index].Path.Span);
        }

        using (file)
        {
            file.Write(content);
            return file.GetStatus().ToRecorded();
        }
    }

    private RecordedStat? WriteLink(IWorkingDirectory directory, ReadOnlySpan<byte> name, int index, ReadOnlySpan<byte> target)
    {
        if (target.IsEmpty || target.Contains((byte)0))
        {
            throw new IOException($"The link '{Encoding.UTF8.GetString(_changes[index].Path.Span)}' has a target that no file system can hold.");
        }

        if (!directory.TryCreateSymlink(name, target))
        {
            MakeWay(directory, name, index);
            if (!directory.TryCreateSymlink(name, target))
            {
                throw Disturbed(_changes[index].Path.Span);
            }
        }

        return directory.GetStatus(name) is { } status && directory.ReadLink(name).AsSpan().SequenceEqual(target) ? status.ToRecorded() : null;
    }

    // Where the plan saw nothing there may be an empty directory by now, and with force anything.
    private void MakeWay(IWorkingDirectory directory, ReadOnlySpan<byte> name, int index)
    {
        FileStatus? there = directory.GetStatus(name);
        if (there is { Kind: FileKind.Directory })
        {
            RemoveDirectory(directory, name, _changes[index].Path.ToArray(), 0);
        }
        else if (there is { } status)
        {
            CheckUnchanged(index, status);
            directory.Delete(name);
        }
    }

    // The directory of a change, made where it is not there.
    private DirectoryHandles.Lease Ensure(int index, out ReadOnlySpan<byte> name)
    {
        WorkingPath.Split(_changes[index].Path.Span, out name);
        return _directories.TryEnsure(plan.Directories.OfChange(index), force) ?? throw Disturbed(_changes[index].Path.Span);
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
    private void RemoveDirectory(IWorkingDirectory parent, ReadOnlySpan<byte> name, byte[] path, int depth)
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
                byte[] inside = TreePaths.Join(path, listing.Name(i));
                if (listing.Kind(i) == FileKind.Directory)
                {
                    RemoveDirectory(directory, listing.Name(i), inside, depth + 1);
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

    // A directory comes after the one that holds it, so from the last on each is emptied before its turn.
    private void RemoveEmptied(bool[] isLess)
    {
        for (int i = isLess.Length - 1; i > DirectoryTable.Top; i--)
        {
            if (!isLess[i])
            {
                continue;
            }

            int parent = plan.Directories.Parent(i);
            using DirectoryHandles.Lease? above = _directories.TryOpen(parent);
            ReadOnlySpan<byte> name = plan.Directories.Name(i);
            if (above is not { Directory: { } directory } || directory.DeleteDirectory(name) || directory.GetStatus(name) is null)
            {
                _directories.Forget(i);
                isLess[parent] = true;
            }
        }
    }
}
