using Microsoft.Extensions.Hosting;
using Monorepo.Host.Serving;
using Monorepo.Rpc.Kestrel.Health;

namespace Monorepo.Host.Health;

/// <summary>Keeps gRPC's health service in step with the server's health, and logs when it changes.</summary>
internal sealed class HealthReporter(IServerHealth health, IReadOnlyList<string> services, HealthRegistry registry, ServerLog log, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private bool _isServing;

    /// <summary>Asks and publishes the answer.</summary>
    public void Report()
    {
        IReadOnlyList<string> problems = health.FindProblems();
        Publish(problems.Count == 0);
        if (problems.Count > 0 && _isServing)
        {
            log.Unhealthy(string.Join("; ", problems));
        }
        else if (problems.Count == 0 && !_isServing)
        {
            log.HealthyAgain();
        }

        _isServing = problems.Count == 0;
    }

    /// <summary>Tells watchers that the server is going away.</summary>
    public void ReportStopping()
    {
        health.BeginStop();
        Publish(isServing: false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _isServing = health.FindProblems().Count == 0;
        Publish(_isServing);
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Report();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping is how this ends.
        }
    }

    private void Publish(bool isServing)
    {
        foreach (string service in services)
        {
            registry.SetServing(service, isServing);
        }
    }
}
