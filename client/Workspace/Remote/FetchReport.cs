namespace Monorepo.Workspace.Remote;

/// <summary>One kind's line of a command's ledger.</summary>
/// <param name="Kind">What was fetched.</param>
/// <param name="RoundTrips">Requests sent.</param>
/// <param name="Objects">Objects received.</param>
/// <param name="BytesReceived">Bytes of their envelopes and of history segments, without framing.</param>
/// <param name="CacheHits">Objects found here.</param>
/// <param name="Transports">The ways objects came, sorted.</param>
/// <param name="Waited">Time fetches took, summed.</param>
public sealed record FetchLine(
    FetchKind Kind, long RoundTrips, long Objects, long BytesReceived, long CacheHits, IReadOnlyList<string> Transports, TimeSpan Waited)
{
    public bool IsEmpty => RoundTrips == 0 && Objects == 0 && CacheHits == 0 && Transports.Count == 0;
}

/// <summary>A command's ledger at some moment.</summary>
/// <param name="Lines">One for each kind, in the order of <see cref="FetchKind"/>.</param>
/// <param name="Fallbacks">Why slower ways were taken, in order.</param>
public sealed record FetchReport(IReadOnlyList<FetchLine> Lines, IReadOnlyList<string> Fallbacks)
{
    public long RoundTrips => Lines.Sum(l => l.RoundTrips);

    public long Objects => Lines.Sum(l => l.Objects);

    public long BytesReceived => Lines.Sum(l => l.BytesReceived);

    public long CacheHits => Lines.Sum(l => l.CacheHits);

    public IReadOnlyList<string> Transports => [.. Lines.SelectMany(l => l.Transports).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public TimeSpan Waited => new(Lines.Sum(l => l.Waited.Ticks));

    public FetchLine this[FetchKind kind] => Lines[(int)kind];
}
