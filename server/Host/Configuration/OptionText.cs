namespace Monorepo.Host.Configuration;

/// <summary>An option as somebody wrote it.</summary>
/// <param name="Text">The value.</param>
/// <param name="Origin">Where it stands, for messages: <c>--listen</c>, or <c>server.json: listen</c>.</param>
internal readonly record struct OptionText(string Text, string Origin)
{
    public StartupException Error(string problem) => new(ExitCode.Usage, $"{Origin} '{Text}': {problem}");
}

/// <summary>All options as written, from one source; null where it says nothing.</summary>
internal sealed record OptionTexts
{
    public OptionText? Data { get; init; }

    public OptionText? Listen { get; init; }

    public OptionText? Http { get; init; }

    public OptionText? Role { get; init; }

    public OptionText? Origin { get; init; }

    public OptionText? Edges { get; init; }

    public OptionText? Memcached { get; init; }

    public OptionText? MemcachedTls { get; init; }

    public OptionText? VerifyCache { get; init; }

    public OptionText? LeaseTime { get; init; }

    public OptionText? Ucx { get; init; }

    public OptionText? Memory { get; init; }

    public OptionText? HotSet { get; init; }

    public OptionText? FoldEvery { get; init; }

    public OptionText? Otlp { get; init; }

    public OptionText? LogLevel { get; init; }

    public OptionText? LogFormat { get; init; }

    /// <summary>These where they say something, otherwise the others'.</summary>
    public OptionTexts Over(OptionTexts others) => new()
    {
        Data = Data ?? others.Data,
        Listen = Listen ?? others.Listen,
        Http = Http ?? others.Http,
        Role = Role ?? others.Role,
        Origin = Origin ?? others.Origin,
        Edges = Edges ?? others.Edges,
        Memcached = Memcached ?? others.Memcached,
        MemcachedTls = MemcachedTls ?? others.MemcachedTls,
        VerifyCache = VerifyCache ?? others.VerifyCache,
        LeaseTime = LeaseTime ?? others.LeaseTime,
        Ucx = Ucx ?? others.Ucx,
        Memory = Memory ?? others.Memory,
        HotSet = HotSet ?? others.HotSet,
        FoldEvery = FoldEvery ?? others.FoldEvery,
        Otlp = Otlp ?? others.Otlp,
        LogLevel = LogLevel ?? others.LogLevel,
        LogFormat = LogFormat ?? others.LogFormat,
    };
}
