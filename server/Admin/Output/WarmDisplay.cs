using Monorepo.Formats.Protos;
using Spectre.Console;

namespace Monorepo.Admin.Output;

/// <summary>Shows a warm's progress: a bar on a terminal, otherwise a line every few seconds.</summary>
internal static class WarmDisplay
{
    public static async Task RunAsync(TextWriter errors, Func<WarmProgressSink, Task> warm)
    {
        if (!ReferenceEquals(errors, Console.Error) || Console.IsErrorRedirected)
        {
            await warm(new WarmLines(errors));
            return;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(errors) });
        await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(context => warm(new WarmBar(context.AddTask("planning", maxValue: 1))));
    }

    internal static string Describe(WarmPlan plan, WarmProgress progress)
    {
        TimeSpan elapsed = TimeSpan.FromMilliseconds(progress.ElapsedMs);
        return $"{Quantities.Count(progress.Objects)} of {Quantities.Count(plan.Objects)} objects, {Quantities.Bytes(progress.Bytes)} "
            + $"({Quantities.Bytes(progress.Bytes / Math.Max(0.001, elapsed.TotalSeconds))}/s)";
    }

    /// <summary>At the pace so far; null while nothing can be said.</summary>
    internal static TimeSpan? Left(WarmPlan plan, WarmProgress progress) =>
        progress.Objects == 0 || progress.Objects > plan.Objects
            ? null
            : TimeSpan.FromMilliseconds((double)progress.ElapsedMs * (plan.Objects - progress.Objects) / progress.Objects);
}

/// <summary>Told of a warm's plan, and how it goes.</summary>
internal abstract class WarmProgressSink
{
    private WarmPlan _plan = new();

    public void Plan(WarmPlan plan) => _plan = plan;

    public void Report(WarmProgress progress) => Show(_plan, progress);

    protected abstract void Show(WarmPlan plan, WarmProgress progress);
}

/// <summary>A line at most every <see cref="Interval"/>.</summary>
internal sealed class WarmLines(TextWriter output, TimeProvider? time = null) : WarmProgressSink
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private long? _lastLine;

    protected override void Show(WarmPlan plan, WarmProgress progress)
    {
        if (_lastLine is { } last && _time.GetElapsedTime(last) < Interval)
            return;
        _lastLine = _time.GetTimestamp();
        string left = WarmDisplay.Left(plan, progress) is { } span ? $", {span:d\\.hh\\:mm\\:ss} left" : "";
        output.WriteLine("warming: " + WarmDisplay.Describe(plan, progress) + left);
    }
}

/// <summary>The bar on a terminal.</summary>
internal sealed class WarmBar(ProgressTask task) : WarmProgressSink
{
    protected override void Show(WarmPlan plan, WarmProgress progress)
    {
        task.MaxValue = Math.Max(1, Math.Max(plan.Objects, progress.Objects));
        task.Value = progress.Objects;
        task.Description = Markup.Escape(WarmDisplay.Describe(plan, progress));
    }
}
