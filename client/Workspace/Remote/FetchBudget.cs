namespace Monorepo.Workspace.Remote;

/// <summary>
/// What a command may fetch at most: contents and trees by their size before compression, history as it is sent. A fetch whose sizes are
/// known is refused before it starts, any other is cut where the budget ends; what arrived before is kept. Thread-safe.
/// </summary>
/// <param name="bytesMax">Null: no limit, and sizes are not asked for.</param>
public sealed class FetchBudget(long? bytesMax)
{
    public static readonly FetchBudget Unlimited = new(null);

    private long _spent;

    public bool IsLimited => bytesMax is not null;

    /// <summary>Refuses a fetch that is known to be too large.</summary>
    /// <exception cref="FetchBudgetException">It needs more than is left; nothing was fetched.</exception>
    public void Plan(int objects, long bytes)
    {
        long spent = Interlocked.Read(ref _spent);
        if (bytesMax is { } max && bytes > max - spent)
        {
            throw new FetchBudgetException(max, spent, objects, bytes);
        }
    }

    /// <summary>Counts what arrived.</summary>
    /// <exception cref="FetchBudgetException">That was more than is left.</exception>
    public void Spend(long bytes)
    {
        if (bytesMax is { } max && Interlocked.Add(ref _spent, bytes) is long spent && spent > max)
        {
            throw new FetchBudgetException(max, spent, 0, null);
        }
    }
}

/// <summary>A fetch would pass, or passed, what the user allows.</summary>
/// <param name="bytesMax">What is allowed.</param>
/// <param name="bytesSpent">What had been fetched.</param>
/// <param name="objects">How many more are needed.</param>
/// <param name="bytesNeeded">How much these need; null: not known, the fetch was cut.</param>
public sealed class FetchBudgetException(long bytesMax, long bytesSpent, int objects, long? bytesNeeded) : IOException(
    bytesNeeded is { } needed
        ? $"this needs {needed:N0} bytes in {objects:N0} objects from the server, {bytesMax:N0} are allowed{(bytesSpent > 0 ? $" and {bytesSpent:N0} of them are spent" : "")}: nothing was fetched."
        : $"the fetch was stopped after {bytesSpent:N0} bytes, {bytesMax:N0} are allowed: what came is kept.")
{
    public long BytesMax { get; } = bytesMax;

    public long BytesSpent { get; } = bytesSpent;

    public long? BytesNeeded { get; } = bytesNeeded;
}
