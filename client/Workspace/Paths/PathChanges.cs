using Monorepo.Formats.Protos;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Paths;

/// <summary>
/// The commits that changed a path, as far as they were asked for: those whose entry there is not that of their first parent.
/// Not thread-safe.
/// </summary>
public sealed class PathChanges
{
    /// <summary>Parents after the first that the server tells of; see <see cref="TryIsSameAs"/>.</summary>
    private const int ParentsMax = 64;

    private readonly Dictionary<int, ulong> _changes = [];

    /// <summary>Newest first.</summary>
    public List<int> Positions { get; } = [];

    /// <summary>Every position at or above it that changed the path is here; 0: all.</summary>
    public int CompleteFrom { get; private set; } = int.MaxValue;

    public bool IsChanged(int position) => _changes.ContainsKey(position);

    /// <summary>The highest position that changed the path, of those not above another; -1 where none did.</summary>
    public int NewestUpTo(int position)
    {
        int low = 0;
        for (int high = Positions.Count; low < high;)
        {
            int middle = (low + high) / 2;
            (low, high) = Positions[middle] > position ? (middle + 1, high) : (low, middle);
        }

        return low < Positions.Count ? Positions[low] : -1;
    }

    /// <summary>Whether a commit that changed the path has there what one of its parents has.</summary>
    /// <param name="position">The commit.</param>
    /// <param name="parent">Which parent, from 0.</param>
    /// <param name="isSame">False for the first parent.</param>
    /// <returns>False: the server does not say.</returns>
    public bool TryIsSameAs(int position, int parent, out bool isSame)
    {
        isSame = parent is > 0 and <= ParentsMax && (_changes[position] >> (parent - 1) & 1) != 0;
        return parent <= ParentsMax;
    }

    /// <summary>Adds an older part.</summary>
    /// <param name="list">As the server sent it.</param>
    /// <param name="limit">Positions are below it.</param>
    /// <param name="isLast">Nothing older exists.</param>
    /// <returns>The positions added, newest first.</returns>
    /// <exception cref="RemoteException">The list contradicts itself.</exception>
    public IReadOnlyList<int> Add(PathChangeList list, int limit, bool isLast)
    {
        int start = Positions.Count;
        long above = Math.Min(limit, start == 0 ? int.MaxValue : Positions[^1]);
        for (int i = 0; i < list.Steps.Count; i++)
        {
            // The first of a list is a position, the others are distances.
            ulong step = list.Steps[i];
            long position = i == 0 ? (step < (ulong)above ? (long)step : -1) : (step is > 0 && step <= (ulong)above ? above - (long)step : -1);
            if (position < 0)
            {
                throw new RemoteException(RemoteError.Broken, "The server's list of changes is not in order.");
            }

            Positions.Add((int)position);
            _changes.Add((int)position, 0);
            above = position;
        }

        if (list.Merges.Count != list.SameParents.Count)
        {
            throw new RemoteException(RemoteError.Broken, "The server's list of changes tells of other merges than it has.");
        }

        for (int i = 0; i < list.Merges.Count; i++)
        {
            if (list.Merges[i] >= list.Steps.Count)
            {
                throw new RemoteException(RemoteError.Broken, "The server's list of changes tells of a merge that it does not have.");
            }

            _changes[Positions[start + (int)list.Merges[i]]] = list.SameParents[i];
        }

        CompleteFrom = isLast ? 0 : Positions.Count > 0 ? Positions[^1] : CompleteFrom;
        return Positions[start..];
    }

    /// <summary>Adds a local commit, which the server does not know.</summary>
    /// <param name="position">Above all others.</param>
    /// <param name="sameParents">Bit k-1 for each later parent k that has the same.</param>
    public void AddLocal(int position, ulong sameParents)
    {
        _changes.Add(position, sameParents);
        Positions.Insert(0, position);
    }
}
