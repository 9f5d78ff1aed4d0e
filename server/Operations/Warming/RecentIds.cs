using Monorepo.Core;

namespace Monorepo.Operations.Warming;

/// <summary>
/// Remembers ids in a fixed amount of memory: the newest of each slot. What it forgot counts as new again, which costs the caller a
/// repetition and nothing else. Not thread-safe.
/// </summary>
internal sealed class RecentIds(int slots)
{
    private readonly ObjectId[] _slots = new ObjectId[slots];

    /// <summary>False when the id is remembered.</summary>
    public bool Add(in ObjectId id)
    {
        ref ObjectId slot = ref _slots[(uint)id.GetHashCode() % (uint)_slots.Length];
        if (slot == id)
            return false;
        slot = id;
        return true;
    }
}
