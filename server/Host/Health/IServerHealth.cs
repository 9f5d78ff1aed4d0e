namespace Monorepo.Host.Health;

/// <summary>Whether the server can do its work now. Cheap enough to ask every second. Thread-safe.</summary>
internal interface IServerHealth
{
    /// <summary>From now on the server is not healthy, so that nobody sends it more.</summary>
    void BeginStop();

    /// <returns>Why nobody should send it requests, for people; empty when nothing is wrong.</returns>
    IReadOnlyList<string> FindProblems();

    /// <returns>What someone should look at while it serves all the same, for people.</returns>
    IReadOnlyList<string> FindWarnings();
}
