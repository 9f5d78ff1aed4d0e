using Monorepo.Core;

namespace Monorepo.Import.Objects;

/// <summary>
/// Remembers ids that this run has queued for writing. It forgets all when it is full, which costs a second write of some and nothing else.
/// A tree that is in here has all of its contents queued too.
/// </summary>
/// <param name="countExpected">Room for so many from the start: growing would leave as much again as garbage.</param>
/// <param name="countMax">Where it forgets.</param>
internal sealed class SeenIds(int countExpected, int countMax)
{
    private readonly HashSet<ObjectId> _ids = new(countExpected);

    /// <summary>False when the id was here.</summary>
    public bool Add(ObjectId id)
    {
        if (_ids.Count >= countMax)
            _ids.Clear();
        return _ids.Add(id);
    }
}
