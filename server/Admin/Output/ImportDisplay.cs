using System.Diagnostics;
using Monorepo.Import;
using Spectre.Console;

namespace Monorepo.Admin.Output;

/// <summary>Shows an import's progress: a bar on a terminal, otherwise a line every few seconds.</summary>
internal static class ImportDisplay
{
    public static async Task<ImportResult> RunAsync(TextWriter errors, Func<IProgress<ImportProgress>, Task<ImportResult>> import)
    {
        if (!ReferenceEquals(errors, Console.Error) || Console.IsErrorRedirected)
            return await import(new ProgressLines(errors));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(errors) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(context => import(new ProgressBar(context.AddTask("listing commits"))));
    }

    /// <summary>One line about where the import is, without the time left.</summary>
    internal static string Describe(ImportProgress progress, TimeSpan elapsed) => progress.Phase switch
    {
        ImportPhase.Fetching => $"fetching: {progress.Detail}",
        ImportPhase.Listing => "listing commits",
        ImportPhase.UpdatingRefs => "updating refs",
        ImportPhase.Indexing => $"indexing paths: {Quantities.Count(progress.CommitsDone)} commits",
        _ => $"{Quantities.Count(progress.CommitsDone)} of {Quantities.Count(progress.CommitsTotal)} commits, {Quantities.Count(progress.Objects)} objects "
            + $"({Quantities.PerSecond(progress.Objects, elapsed)}), {Quantities.Bytes(progress.Bytes / Math.Max(0.001, elapsed.TotalSeconds))}/s",
    };

    /// <summary>Time left at the pace so far; null while nothing can be said.</summary>
    internal static TimeSpan? Left(ImportProgress progress, TimeSpan elapsed) =>
        progress.Phase == ImportPhase.Writing && progress.CommitsDone > 0
            ? elapsed * ((progress.CommitsTotal - progress.CommitsDone) / (double)progress.CommitsDone)
            : null;

    private sealed class ProgressBar(ProgressTask task) : IProgress<ImportProgress>
    {
        private long _writingSince;

        public void Report(ImportProgress value)
        {
            if (value.Phase == ImportPhase.Writing && _writingSince == 0)
                _writingSince = Stopwatch.GetTimestamp();
            task.IsIndeterminate = value.Phase != ImportPhase.Writing;
            task.MaxValue = Math.Max(1, value.CommitsTotal);
            task.Value = value.CommitsDone;
            TimeSpan elapsed = _writingSince == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_writingSince);
            task.Description = Markup.Escape(Describe(value, elapsed));
        }
    }
}

/// <summary>A line at each new phase and at most every <see cref="Interval"/> in between.</summary>
internal sealed class ProgressLines(TextWriter output, TimeProvider? time = null) : IProgress<ImportProgress>
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private ImportPhase? _phase;
    private long _phaseSince;
    private long _lastLine;

    public void Report(ImportProgress value)
    {
        long now = _time.GetTimestamp();
        if (value.Phase != _phase)
        {
            _phase = value.Phase;
            _phaseSince = now;
        }
        else if (_time.GetElapsedTime(_lastLine, now) < Interval)
        {
            return;
        }

        _lastLine = now;
        TimeSpan elapsed = _time.GetElapsedTime(_phaseSince, now);
        string left = ImportDisplay.Left(value, elapsed) is { } span ? $", {span:d\\.hh\\:mm\\:ss} left" : "";
        output.WriteLine(ImportDisplay.Describe(value, elapsed) + left);
    }
}
