using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Paths;

/// <summary>Changes of one path, newest first, put together from blocks. Not thread-safe.</summary>
/// <param name="hasEntries">With what the path names after each change.</param>
internal sealed class PathHistoryList(bool hasEntries)
{
    private readonly List<long> _positions = [];
    private readonly Dictionary<long, ulong> _merges = [];
    private readonly List<uint> _modes = [];
    private readonly List<byte> _ids = [];

    public bool HasEntries => hasEntries;

    public int Count => _positions.Count;

    /// <exception cref="RemoteException">The block contradicts itself or what is here.</exception>
    public void Append(PathHistoryBlock block)
    {
        PathChangeList changes = block.Changes ?? new PathChangeList();
        int start = Count;
        ulong above = start == 0 ? long.MaxValue : (ulong)_positions[^1];
        foreach (ulong step in changes.Steps)
        {
            // The first of a block is a position, the others are distances.
            bool isPosition = Count == start;
            ulong position = isPosition ? step : above - step;
            if (isPosition ? step >= above : step == 0 || step > above)
            {
                throw Broken("is not in order");
            }

            _positions.Add((long)position);
            above = position;
        }

        if (changes.Merges.Count != changes.SameParents.Count)
        {
            throw Broken("tells of other merges than it has");
        }

        for (int i = 0; i < changes.Merges.Count; i++)
        {
            if (changes.Merges[i] >= changes.Steps.Count || !_merges.TryAdd(_positions[start + (int)changes.Merges[i]], changes.SameParents[i]))
            {
                throw Broken("tells of a merge that it does not have");
            }
        }

        if (!hasEntries)
        {
            return;
        }

        if (block.Modes.Count != changes.Steps.Count || block.Ids.Length != changes.Steps.Count * ObjectId.Size)
        {
            throw Broken("has another number of entries than changes");
        }

        _modes.AddRange(block.Modes);
        _ids.AddRange(block.Ids.Span);
    }

    /// <summary>Adds what is older than all that is here, with entries where this has them.</summary>
    public void Append(PathHistoryList older)
    {
        _positions.AddRange(older._positions);
        foreach ((long position, ulong same) in older._merges)
        {
            _merges.Add(position, same);
        }

        if (hasEntries)
        {
            _modes.AddRange(older._modes);
            _ids.AddRange(older._ids);
        }
    }

    /// <summary>The newest changes below a position in one block, which is the last.</summary>
    public PathHistoryBlock ToBlock(uint path, long below, long countMax)
    {
        int first = _positions.FindIndex(p => p < below);
        first = first < 0 ? Count : first;
        int count = (int)Math.Min(Count - first, countMax);
        PathHistoryBlock block = new() { Path = path, Changes = new PathChangeList(), IsLast = true };
        block.Changes.Steps.Capacity = count;
        for (int i = 0; i < count; i++)
        {
            long position = _positions[first + i];
            block.Changes.Steps.Add((ulong)(i == 0 ? position : _positions[first + i - 1] - position));
            if (_merges.TryGetValue(position, out ulong same))
            {
                block.Changes.Merges.Add((uint)i);
                block.Changes.SameParents.Add(same);
            }
        }

        if (hasEntries)
        {
            block.Modes.AddRange(_modes.Skip(first).Take(count));
            block.Ids = ByteString.CopyFrom(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids).Slice(first * ObjectId.Size, count * ObjectId.Size));
        }

        return block;
    }

    private static RemoteException Broken(string what) => new(RemoteError.Broken, $"The server's list of changes {what}.");
}
