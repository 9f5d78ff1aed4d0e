using System.Collections;
using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>
/// Adds commits to <c>index</c>. One table is in memory at a time, and only its changed pages are written. Entries are there
/// before the state counts their commits, and adding one again changes nothing. The caller holds the clone's lock. Not thread-safe.
/// </summary>
internal sealed class CommitIndexWriter : IDisposable
{
    private const int PageBytes = 4096;
    private const int SlotsPerPage = PageBytes / sizeof(uint);

    private readonly FileDescriptor _file;
    private readonly ulong _epoch;
    private readonly Func<int, ObjectId> _idAt;
    private readonly uint[] _slots = new uint[CommitIndexFormat.Slots];
    private readonly BitArray _dirty = new(CommitIndexFormat.TableBytes / PageBytes);
    private int _table = -1;

    /// <param name="files">Where the file is, or will be.</param>
    /// <param name="epoch">Of the log; a file of another one is begun anew.</param>
    /// <param name="idAt">The id at a position that was added before.</param>
    public CommitIndexWriter(HistoryFiles files, ulong epoch, Func<int, ObjectId> idAt)
    {
        _epoch = epoch;
        _idAt = idAt;
        _file = DurableFile.Open(files.Index, OpenFlags.ReadWrite | OpenFlags.Create);
        if (CommitIndexFormat.TryReadHeader(_file, epoch, out int commits))
        {
            Commits = commits;
            return;
        }

        // A new file in place of the damaged one, which readers may have mapped.
        _file.Dispose();
        File.Delete(files.Index);
        _file = DurableFile.Open(files.Index, OpenFlags.ReadWrite | OpenFlags.Create);
    }

    /// <summary>What the file's header says is in it; it may be more than the state counts.</summary>
    public int Commits { get; private set; }

    /// <summary>Adds a commit; positions go up.</summary>
    /// <exception cref="CorruptHistoryException">The commit is here already, at another position of the same table.</exception>
    public void Add(ObjectId id, int position)
    {
        int table = position / CommitIndexFormat.PositionsPerTable;
        if (table != _table)
        {
            Load(table);
        }

        int index = position % CommitIndexFormat.PositionsPerTable;
        int slot = CommitIndexFormat.Home(id);
        for (int probes = 0; _slots[slot] != 0; probes++)
        {
            int other = CommitIndexFormat.IndexOf(_slots[slot]);
            if (other == index && CommitIndexFormat.MayBe(_slots[slot], id))
            {
                return;
            }

            // Entries behind this position are of an interrupted writer, and are compared when their turn comes.
            if (other < index && CommitIndexFormat.MayBe(_slots[slot], id) && _idAt(position - index + other) == id)
            {
                throw new CorruptHistoryException($"The server sent commit {id} twice.");
            }

            slot = probes < CommitIndexFormat.Slots
                ? (slot + 1) & (CommitIndexFormat.Slots - 1)
                : throw new CorruptHistoryException("The history's index is damaged: remove the file '.mr/history/index' and run 'mr pull'.");
        }

        _slots[slot] = CommitIndexFormat.Slot(id, index);
        _dirty[slot / SlotsPerPage] = true;
    }

    /// <summary>Writes what was added; the header says <paramref name="commits"/> from now on.</summary>
    public void Flush(int commits)
    {
        WritePages();
        long length = CommitIndexFormat.TableOffset(CommitIndexFormat.TablesFor(commits));
        if (PosixFile.GetStatus(_file).SizeBytes < length)
        {
            PosixFile.Extend(_file, length);
        }

        if (commits != Commits)
        {
            CommitIndexFormat.WriteHeader(_file, _epoch, commits);
            Commits = commits;
        }
    }

    public void Sync() => PosixFile.Sync(_file);

    public void Dispose() => _file.Dispose();

    private void Load(int table)
    {
        WritePages();
        Span<byte> bytes = MemoryMarshal.AsBytes(_slots.AsSpan());
        int read = 0;
        int count;
        while (read < bytes.Length && (count = PosixFile.ReadAt(_file, bytes[read..], CommitIndexFormat.TableOffset(table) + read)) > 0)
        {
            read += count;
        }

        bytes[read..].Clear();
        _table = table;
    }

    private void WritePages()
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(_slots.AsSpan());
        for (int page = 0; page < _dirty.Count; page++)
        {
            if (!_dirty[page])
            {
                continue;
            }

            int first = page;
            while (page < _dirty.Count && _dirty[page])
            {
                page++;
            }

            PosixFile.WriteAt(_file, bytes[(first * PageBytes)..(page * PageBytes)], CommitIndexFormat.TableOffset(_table) + (first * PageBytes));
        }

        _dirty.SetAll(false);
    }
}
