namespace Monorepo.Peers;

/// <summary>A comparison with git doing the same work in the same run.</summary>
internal abstract class PeerBenchmark
{
    /// <summary>What a user types.</summary>
    public abstract string Name { get; }

    public abstract string Summary { get; }

    /// <summary>Rounds that count, when the user does not say: all, and with --quick.</summary>
    public virtual (int Full, int Quick) Rounds => (7, 3);

    /// <summary>Measures, and puts into the report what was found.</summary>
    /// <exception cref="Running.BenchmarkException">Something that it needs is missing, or a program failed.</exception>
    public abstract Task RunAsync(Workbench bench, CancellationToken cancellationToken);
}
