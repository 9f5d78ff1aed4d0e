using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>
/// From commit id to position: hash tables whose hash is the id's own top bits, mapped from <c>index</c>. Reading is thread-safe.
/// What a table says is compared with the graph, so a damaged one can hide a commit and never show a wrong one. Layout in FORMAT.md.
/// </summary>
internal sealed class CommitIndex : IDisposable
{
    private readonly CommitGraph _graph;
    private readonly MappedFile? _map;
    private readonly uint[][]? _memory;

    private CommitIndex(CommitGraph graph, MappedFile? map, uint[][]? memory)
    {
        _graph = graph;
        _map = map;
        _memory = memory;
    }

    private int Tables => CommitIndexFormat.TablesFor(_graph.Count);

    /// <summary>Opens the file where it covers the graph; otherwise builds the tables in memory from the graph, until a pull mends the file.</summary>
    public static CommitIndex Open(HistoryFiles files, ulong epoch, CommitGraph graph)
    {
        using FileDescriptor? file = DurableFile.TryOpen(files.Index, OpenFlags.ReadOnly);
        if (file is not null && CommitIndexFormat.TryReadHeader(file, epoch, out int commits) && commits >= graph.Count)
        {
            return new CommitIndex(graph, new MappedFile(file, checked((int)CommitIndexFormat.TableOffset(CommitIndexFormat.TablesFor(graph.Count)))), null);
        }

        uint[][] tables = new uint[CommitIndexFormat.TablesFor(graph.Count)][];
        for (int position = 0; position < graph.Count; position++)
        {
            int table = position / CommitIndexFormat.PositionsPerTable;
            ObjectId id = graph.IdAt(position);
            uint[] slots = tables[table] ??= new uint[CommitIndexFormat.Slots];
            int slot = CommitIndexFormat.Home(id);
            while (slots[slot] != 0)
            {
                slot = (slot + 1) & (CommitIndexFormat.Slots - 1);
            }

            slots[slot] = CommitIndexFormat.Slot(id, position % CommitIndexFormat.PositionsPerTable);
        }

        return new CommitIndex(graph, null, tables);
    }

    /// <summary>Of a graph without commits.</summary>
    public static CommitIndex Empty(CommitGraph graph) => new(graph, null, []);

    public bool TryFind(ObjectId id, out int position)
    {
        // What is asked for is most often recent.
        for (int table = Tables - 1; table >= 0; table--)
        {
            if (TryFind(table, id, out position))
            {
                return true;
            }
        }

        position = -1;
        return false;
    }

    /// <summary>Positions of the commits whose ids start with a prefix, at most <paramref name="countMax"/>, in no order.</summary>
    public List<int> FindPrefix(HexPrefix prefix, int countMax)
    {
        List<int> found = [];
        for (int table = Tables - 1; table >= 0 && found.Count < countMax; table--)
        {
            AddPrefix(table, prefix, countMax, found);
        }

        return found;
    }

    public void Dispose() => ((IDisposable?)_map)?.Dispose();

    private bool TryFind(int table, ObjectId id, out int position)
    {
        ReadOnlySpan<uint> slots = Slots(table);
        int slot = CommitIndexFormat.Home(id);
        for (int probes = 0; probes < slots.Length && slots[slot] != 0; probes++)
        {
            // Another process may have added commits that this one's graph does not reach.
            if (CommitIndexFormat.MayBe(slots[slot], id) && TryPosition(table, slots[slot], out position) && _graph.IdAt(position) == id)
            {
                return true;
            }

            slot = (slot + 1) & (slots.Length - 1);
        }

        position = -1;
        return false;
    }

    private void AddPrefix(int table, HexPrefix prefix, int countMax, List<int> found)
    {
        ReadOnlySpan<uint> slots = Slots(table);
        int slot = CommitIndexFormat.Home(prefix.Lowest);
        int last = CommitIndexFormat.Home(prefix.Highest);
        bool pastLast = false;
        for (int probes = 0; probes < slots.Length && found.Count < countMax; probes++)
        {
            // Entries may be pushed behind the last home slot, but never across a free one.
            if (slots[slot] == 0)
            {
                if (pastLast || slot == last)
                {
                    break;
                }
            }
            else if (TryPosition(table, slots[slot], out int position) && prefix.Matches(_graph.IdAt(position)))
            {
                found.Add(position);
            }

            pastLast |= slot == last;
            slot = (slot + 1) & (slots.Length - 1);
        }
    }

    private bool TryPosition(int table, uint slot, out int position)
    {
        position = (table * CommitIndexFormat.PositionsPerTable) + CommitIndexFormat.IndexOf(slot);
        return (uint)position < (uint)_graph.Count;
    }

    private ReadOnlySpan<uint> Slots(int table) => _memory is null
        ? MemoryMarshal.Cast<byte, uint>(_map!.GetSpan().Slice((int)CommitIndexFormat.TableOffset(table), CommitIndexFormat.TableBytes))
        : _memory[table];
}
