MoELab.Interop.Host.NativeAllocator.KeepPages();
return MoELab.Cli.App.CliApp.Run(args, Console.Out, Console.Error);
