using Spectre.Console;

namespace Monorepo.Cli.Output;

/// <summary>Progress bars on standard error while it is a terminal; silent otherwise.</summary>
public static class ProgressDisplay
{
    /// <summary>Runs work that reports how far it is.</summary>
    /// <param name="label">What is being done, in a few words.</param>
    /// <param name="work">Is given where to report: done, total (0: unknown), and what to say behind the bar.</param>
    public static async Task<T> RunAsync<T>(string label, Func<IProgress<ProgressReport>, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return await work(new Sink(_ => { }));
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(label));
                task.IsIndeterminate = true;
                return await work(new Sink(report =>
                {
                    task.IsIndeterminate = report.Total == 0;
                    task.MaxValue = Math.Max(1, report.Total);
                    task.Value = report.Done;
                    task.Description = Markup.Escape($"{label} {report.Text}");
                }));
            });
    }

    /// <summary>Bytes for people: <c>12.3 MB</c>.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return unit == 0 ? $"{bytes} B" : $"{value:0.0} {units[unit]}";
    }

    /// <summary>A rate for people: <c>12.3 MB/s</c>.</summary>
    public static string Rate(long bytes, TimeSpan elapsed) => $"{Bytes((long)(bytes / Math.Max(elapsed.TotalSeconds, 0.001)))}/s";

    // Progress<T> posts to the thread pool and may report after the end; this one is called in place.
    private sealed class Sink(Action<ProgressReport> report) : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value) => report(value);
    }
}

/// <summary>How far work is.</summary>
/// <param name="Done">Units done.</param>
/// <param name="Total">All units; 0 where it is not known.</param>
/// <param name="Text">Counts and rates in words.</param>
public readonly record struct ProgressReport(long Done, long Total, string Text);

/// <summary>Reports of one kind as reports of another, in place; as many as eyes can follow, the others are left out. Thread-safe as far as its target is.</summary>
public sealed class ProgressAdapter<T>(IProgress<ProgressReport> target, Func<T, ProgressReport> convert) : IProgress<T>
{
    private const int IntervalMs = 50;

    private long _nextMs = Environment.TickCount64;

    public void Report(T value)
    {
        long nowMs = Environment.TickCount64;
        long nextMs = Volatile.Read(ref _nextMs);
        if (nowMs >= nextMs && Interlocked.CompareExchange(ref _nextMs, nowMs + IntervalMs, nextMs) == nextMs)
        {
            target.Report(convert(value));
        }
    }
}
